package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * Hears when somebody changes rules of nftables' in this network namespace, those of iptables-nft
 * among them, and who it was (nfnetlink's group NFNLGRP_NFTABLES). The kernel says nothing of
 * iptables-legacy. Not safe for several threads.
 */
public final class RulesetNotices implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_NETFILTER = 12;
  private static final int NFNLGRP_NFTABLES = 7;

  /** struct sockaddr_nl: family, the kernel's choice of a port, and groups as bits. */
  private static final int ADDRESS_BYTES = 12;

  private static final int GROUPS = 8;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_DONTWAIT = 0x40;

  /** struct timeval: seconds, and microseconds. */
  private static final int TIMEVAL_BYTES = 16;

  private static final int PATIENCE_MICROS = 500_000;

  /** More than the kernel tells at once (NLMSG_GOODSIZE). */
  private static final int BUFFER_BYTES = 8192;

  private final int socket;
  private final Pointer buffer = Memory.allocateDirect(RUNTIME, BUFFER_BYTES);
  private final byte[] received = new byte[BUFFER_BYTES];
  private final List<Optional<RuleWriter>> transactions = new ArrayList<>();
  private boolean isMissingSome;

  private RulesetNotices(int socket) {
    this.socket = socket;
  }

  /** Hears of what is changed from here on. */
  public static RulesetNotices open() throws IOException {
    int socket = LIBC.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    check("listen for changes of rules", socket);
    try {
      Pointer address = Memory.allocateDirect(RUNTIME, ADDRESS_BYTES, /* clear= */ true);
      address.putShort(0, (short) AF_NETLINK);
      address.putInt(GROUPS, 1 << (NFNLGRP_NFTABLES - 1));
      check("listen for changes of rules", LIBC.bind(socket, address, ADDRESS_BYTES));
      Pointer patience = Memory.allocateDirect(RUNTIME, TIMEVAL_BYTES, /* clear= */ true);
      patience.putLong(Long.BYTES, PATIENCE_MICROS);
      check(
          "listen for changes of rules",
          LIBC.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, patience, TIMEVAL_BYTES));
      return new RulesetNotices(socket);
    } catch (IOException e) {
      LIBC.close(socket);
      throw e;
    }
  }

  /**
   * What was heard.
   *
   * @param changed whether there were changes, however many
   * @param writers who made them, as far as the kernel told
   * @param areAll whether nobody else did: who makes many changes at once may be missing
   */
  public record News(boolean changed, List<RuleWriter> writers, boolean areAll) {
    public News {
      writers = List.copyOf(writers);
    }
  }

  /** Waits for changes, half a second at most; returns those since the last call. */
  public News await() throws IOException {
    transactions.clear();
    isMissingSome = false;
    boolean heard = receive(0);
    while (heard && receive(MSG_DONTWAIT)) {
      // The rest of the same news.
    }
    List<RuleWriter> writers = transactions.stream().flatMap(Optional::stream).toList();
    return new News(
        isMissingSome || !transactions.isEmpty(),
        writers,
        !isMissingSome && writers.size() == transactions.size());
  }

  private boolean receive(int flags) throws IOException {
    int bytes = (int) LIBC.recv(socket, buffer, BUFFER_BYTES, flags);
    if (bytes >= 0) {
      buffer.get(0, received, 0, bytes);
      transactions.addAll(NftMessages.transactions(ByteBuffer.wrap(received, 0, bytes)));
      return true;
    }
    int error = RUNTIME.getLastError();
    if (error == Errno.EAGAIN.intValue() || error == Errno.EINTR.intValue()) {
      return false;
    }
    if (error == Errno.ENOBUFS.intValue()) {
      // There was more than the socket has room for.
      isMissingSome = true;
      return true;
    }
    throw JnrPosix.failure("listen for changes of rules", error);
  }

  private static void check(String doing, int result) throws IOException {
    if (result < 0) {
      throw JnrPosix.failure(doing, RUNTIME.getLastError());
    }
  }

  @Override
  public void close() {
    LIBC.close(socket);
  }
}
