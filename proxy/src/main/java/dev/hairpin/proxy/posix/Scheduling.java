package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;

import jnr.ffi.Pointer;

/** How the kernel's scheduler treats the calling thread (sched(7)). */
public final class Scheduling {
  private static final int CALLING_THREAD = 0;
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;
  private static final int SCHED_PARAM_BYTES = 4;

  private Scheduling() {}

  /**
   * What wakes the thread no longer has it push aside whoever runs (SCHED_BATCH). On an idle
   * processor it runs as soon as before. A policy that someone chose for this process stays.
   *
   * @throws PosixException if the kernel refuses; the policy is as it was
   */
  public static void waitForTurn() throws PosixException {
    if (check("sched_getscheduler", LIBC.sched_getscheduler(CALLING_THREAD)) == SCHED_OTHER) {
      // Priority 0, the only one outside real time.
      Pointer parameters = Native.allocate(SCHED_PARAM_BYTES);
      check("sched_setscheduler", LIBC.sched_setscheduler(CALLING_THREAD, SCHED_BATCH, parameters));
    }
  }
}
