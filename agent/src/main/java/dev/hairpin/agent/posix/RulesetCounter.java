package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks nf_tables for the generation of the rules in this network namespace (NFT_MSG_GETGEN,
 * linux/netfilter/nf_tables.h).
 */
public final class RulesetCounter {
  private static final Logger log = LoggerFactory.getLogger(RulesetCounter.class);

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_NETFILTER = 12;

  private static final int MSG_DONTWAIT = 0x40;

  private static final int NFNL_SUBSYS_NFTABLES = 10;
  private static final short NEW_GENERATION = (NFNL_SUBSYS_NFTABLES << 8) | 15;
  private static final short GET_GENERATION = (NFNL_SUBSYS_NFTABLES << 8) | 16;
  private static final short NLM_F_REQUEST = 1;

  /** struct nlmsghdr: length, type, flags, sequence and port; and struct nfgenmsg. */
  private static final int HEADER_BYTES = 20;

  private static final int TYPE = 4;
  private static final int FLAGS = 6;

  /** struct nlattr: length and type; the payload of the first one is the generation. */
  private static final int FIRST_ATTRIBUTE = HEADER_BYTES;

  private static final short NFTA_GEN_ID = 1;
  private static final int BUFFER_BYTES = 256;
  private static final int SHORTEST_ANSWER = FIRST_ATTRIBUTE + 8;

  private RulesetCounter() {}

  /** Of 32 bits; empty where the kernel has no nf_tables, or doesn't let us ask. */
  public static OptionalLong now() {
    int socket = LIBC.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (socket < 0) {
      return OptionalLong.empty();
    }
    try {
      return ask(socket);
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
      return OptionalLong.empty();
    } finally {
      LIBC.close(socket);
    }
  }

  /** The kernel answers within the call that asks. */
  private static OptionalLong ask(int socket) throws IOException {
    Pointer message = Memory.allocateDirect(RUNTIME, BUFFER_BYTES, /* clear= */ true);
    message.putInt(0, HEADER_BYTES);
    message.putShort(TYPE, GET_GENERATION);
    message.putShort(FLAGS, NLM_F_REQUEST);
    check(LIBC.send(socket, message, HEADER_BYTES, 0));
    long length = LIBC.recv(socket, message, BUFFER_BYTES, MSG_DONTWAIT);
    check(length);
    boolean isGeneration =
        length >= SHORTEST_ANSWER
            && message.getShort(TYPE) == NEW_GENERATION
            && message.getShort(FIRST_ATTRIBUTE + 2) == NFTA_GEN_ID;
    // In the order of the network, whatever the machine's is.
    return isGeneration
        ? OptionalLong.of(
            Integer.toUnsignedLong(ByteBuffer.wrap(bytesOf(message, FIRST_ATTRIBUTE + 4)).getInt()))
        : OptionalLong.empty();
  }

  private static byte[] bytesOf(Pointer message, int offset) {
    byte[] bytes = new byte[Integer.BYTES];
    message.get(offset, bytes, 0, bytes.length);
    return bytes;
  }

  private static void check(long result) throws IOException {
    if (result < 0) {
      throw JnrPosix.failure("ask for the generation of the rules", RUNTIME.getLastError());
    }
  }
}
