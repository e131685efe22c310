package dev.hairpin.proxy;

import java.lang.reflect.InvocationTargetException;
import java.nio.channels.SelectableChannel;

/** The descriptors behind the JDK's channels. */
final class NioDescriptors {
  private NioDescriptors() {}

  /** The channel's descriptor; it stays the channel's to close. */
  static int of(SelectableChannel channel) {
    try {
      Object fd = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal").invoke(channel);
      return (int) fd;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(
          "find the descriptor of "
              + channel
              + ": the JDK keeps it closed;"
              + " start java with --add-opens java.base/sun.nio.ch=ALL-UNNAMED",
          e);
    } catch (ClassNotFoundException | NoSuchMethodException | InvocationTargetException e) {
      throw new IllegalStateException("find the descriptor of " + channel + ": " + e, e);
    }
  }
}
