package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;

import java.util.Optional;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;

/** How the kernel's scheduler treats the calling thread (sched(7)). */
public final class Scheduling {
  private static final int CALLING_THREAD = 0;
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;

  /** Of {@code struct sched_attr} (sched_setattr(2)), whose first field says how long it is. */
  private static final int ATTRIBUTES_BYTES = 48;

  private static final int POLICY = 4;
  private static final int RUNTIME = 24;

  /** Instead of 1 to 3 ms; the kernel allows 0.1 to 100. */
  private static final long TURN_NANOS = 10_000_000;

  private Scheduling() {}

  /**
   * What wakes the thread no longer has it push aside whoever runs (SCHED_BATCH), and while it runs
   * it is left to do so for 10 ms if it has as much to do (Linux 6.12 or later; others know one
   * length of a turn). On an idle processor it runs as soon as before. A policy that someone chose
   * for this process stays, and its niceness in any case.
   *
   * @throws PosixException if the kernel refuses; the policy is as it was
   */
  public static void waitForTurn() throws PosixException {
    Optional<Calls> calls = Calls.ofThisProcessor();
    if (calls.isEmpty()) {
      return;
    }
    Pointer attributes = Native.allocate(ATTRIBUTES_BYTES);
    check(
        "sched_getattr",
        LIBC.syscall(calls.get().get(), CALLING_THREAD, attributes, ATTRIBUTES_BYTES, 0));
    if (attributes.getInt(POLICY) == SCHED_OTHER) {
      attributes.putInt(POLICY, SCHED_BATCH);
      attributes.putLong(RUNTIME, TURN_NANOS);
      check("sched_setattr", LIBC.syscall(calls.get().set(), CALLING_THREAD, attributes, 0, 0));
    }
  }

  /** System calls by number: C libraries have no names for them before glibc 2.41. */
  private record Calls(int get, int set) {
    static Optional<Calls> ofThisProcessor() {
      return switch (Platform.getNativePlatform().getCPU()) {
        case X86_64 -> Optional.of(new Calls(315, 314));
        case AARCH64 -> Optional.of(new Calls(275, 274));
        default -> Optional.empty();
      };
    }
  }
}
