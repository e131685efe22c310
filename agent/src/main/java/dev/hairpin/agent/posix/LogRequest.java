package dev.hairpin.agent.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What is asked of the kernel so that it hands out the packets of a group of its log
 * (linux/netfilter/nfnetlink_log.h): to be bound to the group, and how much of each packet.
 */
final class LogRequest {
  private static final int MSG_CONFIG = 1;
  private static final int CFG_CMD = 1;
  private static final int CFG_MODE = 2;
  private static final byte CMD_BIND = 1;
  private static final byte COPY_PACKET = 2;

  /** NLM_F_REQUEST and NLM_F_ACK. */
  private static final short FLAGS = 0x5;

  private static final int HEADER_BYTES = 20;
  private static final int ATTRIBUTE_HEADER_BYTES = 4;

  private LogRequest() {}

  static byte[] bind(int group) {
    return message(group, CFG_CMD, new byte[] {CMD_BIND});
  }

  /** The beginning of each packet, of that many bytes. */
  static byte[] copy(int group, int bytes) {
    return message(group, CFG_MODE, ByteBuffer.allocate(6).putInt(bytes).put(COPY_PACKET).array());
  }

  private static byte[] message(int group, int attribute, byte[] value) {
    int attributeBytes = ATTRIBUTE_HEADER_BYTES + value.length;
    int bytes = HEADER_BYTES + (attributeBytes + 3) / 4 * 4;
    ByteBuffer message = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    message.putInt(bytes).putShort((short) (NetfilterMessage.LOGS | MSG_CONFIG)).putShort(FLAGS);
    message.putInt(0).putInt(0);
    // struct nfgenmsg; the group is in the order of the network.
    message.put((byte) 0).put((byte) 0).put((byte) (group >> Byte.SIZE)).put((byte) group);
    message.putShort((short) attributeBytes).putShort((short) attribute).put(value);
    return message.array();
  }
}
