package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * Starts a program that outlives this one (posix_spawn(3)), with descriptors that Java's own way of
 * starting programs would close.
 */
final class Spawn {
  /** From spawn.h; a session of its own since glibc 2.26. */
  private static final short POSIX_SPAWN_SETSIGMASK = 0x08;

  private static final short POSIX_SPAWN_SETSID = 0x80;

  private static final int O_RDWR = 2;
  private static final int FIRST_PASSED = 3;

  /** More than any C library's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t. */
  private static final int STRUCT_BYTES = 1024;

  private final String file;
  private final Pointer actions = allocate(STRUCT_BYTES);
  private final Pointer attributes = allocate(STRUCT_BYTES);

  private Spawn(String file) {
    this.file = file;
  }

  /** See {@link Posix#start}. */
  static long start(List<String> argv, List<String> environment, List<Integer> descriptors)
      throws IOException {
    Spawn spawn = new Spawn(argv.getFirst());
    spawn.check(LIBC.posix_spawn_file_actions_init(spawn.actions));
    try {
      spawn.check(LIBC.posix_spawnattr_init(spawn.attributes));
      try {
        return spawn.run(argv, environment, descriptors);
      } finally {
        LIBC.posix_spawnattr_destroy(spawn.attributes);
      }
    } finally {
      LIBC.posix_spawn_file_actions_destroy(spawn.actions);
    }
  }

  private long run(List<String> argv, List<String> environment, List<Integer> descriptors)
      throws IOException {
    int next = 0;
    for (; next < FIRST_PASSED; next++) {
      check(LIBC.posix_spawn_file_actions_addopen(actions, next, "/dev/null", O_RDWR, 0));
    }
    // In ascending order none is overwritten before it is copied: each has at least its new number.
    for (int descriptor : descriptors.stream().sorted().toList()) {
      check(LIBC.posix_spawn_file_actions_adddup2(actions, descriptor, next++));
    }
    // The JDK's own are open across exec.
    check(LIBC.posix_spawn_file_actions_addclosefrom_np(actions, next));
    check(LIBC.posix_spawn_file_actions_addchdir_np(actions, "/"));
    // An empty set: what this thread has blocked is no concern of the program.
    check(LIBC.posix_spawnattr_setsigmask(attributes, allocate(STRUCT_BYTES)));
    check(
        LIBC.posix_spawnattr_setflags(
            attributes, (short) (POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK)));
    List<Pointer> texts = new ArrayList<>();
    Pointer process = allocate(Integer.BYTES);
    check(
        LIBC.posix_spawnp(
            process, file, actions, attributes, texts(argv, texts), texts(environment, texts)));
    return process.getInt(0);
  }

  /**
   * An array of strings that ends with null.
   *
   * @param owners gets the memory of the strings, to be held until the call is over
   */
  private static Pointer texts(List<String> strings, List<Pointer> owners) {
    Pointer array = allocate((strings.size() + 1) * Long.BYTES);
    for (int i = 0; i < strings.size(); i++) {
      byte[] bytes = (strings.get(i) + "\0").getBytes(StandardCharsets.UTF_8);
      Pointer text = allocate(bytes.length);
      text.put(0, bytes, 0, bytes.length);
      array.putAddress((long) i * Long.BYTES, text.address());
      owners.add(text);
    }
    owners.add(array);
    return array;
  }

  /** These calls return the error. */
  private void check(int error) throws IOException {
    if (error != 0) {
      throw JnrPosix.failure("start " + file, error);
    }
  }

  private static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }
}
