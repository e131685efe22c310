package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.NftContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/**
 * nft as the library that the program is made of, libnftables(3). Out of memory, or of sockets at
 * the beginning, it ends the process as it would the program; what it wrote stays in force.
 */
public final class NftLibrary implements NftContext {
  /** What the program is linked with; the same since nftables 0.8.3. */
  private static final String FILE = "libnftables.so.1";

  private static final int NFT_CTX_DEFAULT = 0;

  /** From locale.h and sys/mman.h. */
  private static final int LC_ALL_MASK = 0x1fbf;

  private static final int MFD_CLOEXEC = 1;

  private final LibNftables library;
  private final Pointer context;
  private final LongConsumer writing;

  /** The thread that uses it: of this process, the kernel names that one. */
  private final long thread;

  private NftLibrary(LibNftables library, Pointer context, LongConsumer writing)
      throws IOException {
    this.library = library;
    this.context = context;
    this.writing = writing;
    this.thread =
        Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
  }

  /**
   * Opens contexts of this system's library; there may be none. The thread that opens one has
   * messages in English from then on.
   *
   * @param writing told the thread's number before it changes anything, by which the kernel tells
   *     others who did
   */
  public static Opener telling(LongConsumer writing) {
    return () -> open(writing);
  }

  private static NftContext open(LongConsumer writing) throws IOException {
    LibNftables library;
    try {
      library = LibraryLoader.create(LibNftables.class).failImmediately().load(FILE);
    } catch (LinkageError e) {
      throw new IOException("load " + FILE + ": " + e.getMessage(), e);
    }
    LIBC.uselocale(LIBC.newlocale(LC_ALL_MASK, "C", null));
    Pointer context = library.nft_ctx_new(NFT_CTX_DEFAULT);
    if (context == null
        || library.nft_ctx_buffer_output(context) != 0
        || library.nft_ctx_buffer_error(context) != 0) {
      throw new IOException("start " + FILE + ": out of memory");
    }
    return new NftLibrary(library, context, writing);
  }

  /** Of a script in a file nft says which line is wrong, and not of one in memory. */
  @Override
  public Finished run(String script) throws IOException {
    int file = LIBC.memfd_create("nft", MFD_CLOEXEC);
    if (file < 0) {
      throw JnrPosix.failure("make a file for nft", RUNTIME.getLastError());
    }
    writing.accept(thread);
    try {
      String name = "/proc/self/fd/" + file;
      Files.writeString(Path.of(name), script);
      int refused = library.nft_run_cmd_from_filename(context, name);
      // Read also where nobody looks at it: that empties the buffer.
      String output = library.nft_ctx_get_output_buffer(context);
      return new Finished(refused == 0 ? 0 : 1, output, library.nft_ctx_get_error_buffer(context));
    } finally {
      LIBC.close(file);
    }
  }

  @Override
  public Finished check(String script) throws IOException {
    library.nft_ctx_set_dry_run(context, true);
    try {
      return run(script);
    } finally {
      library.nft_ctx_set_dry_run(context, false);
    }
  }
}
