package dev.hairpin.rules.apply;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;

/**
 * nft in this process, with one netlink socket that stays open as long as the process runs, however
 * it ends. The kernel has tables belong to a socket, and the program nft closes its own at once.
 * Used by the thread that opened it.
 */
public interface NftContext {
  /**
   * Carries a script out as one transaction.
   *
   * @return what nft said; exit status 1 if it or the kernel refused the script, and then nothing
   *     is changed
   * @throws IOException if the script can't be given to nft; nothing is changed
   */
  Finished run(String script) throws IOException;

  /** As {@link #run}, up to where the kernel would change something. */
  Finished check(String script) throws IOException;

  /** Makes one, in the network namespace of the calling thread. */
  @FunctionalInterface
  interface Opener {
    /** Where no table is to be owned. */
    Opener NONE =
        () -> {
          throw new IOException("no tables are owned");
        };

    /**
     * Opens the one of this process.
     *
     * @throws IOException if nft can't be had in this process
     */
    NftContext open() throws IOException;
  }
}
