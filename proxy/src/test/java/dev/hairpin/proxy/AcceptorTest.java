package dev.hairpin.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptorTest {
  @Test
  void aFailedAcceptRestsThePortForASecondAndIsLogged() throws Exception {
    try (UserlandProxy proxy = UserlandProxy.start(ProxySettings.defaults());
        TcpPort port =
            (TcpPort)
                proxy.open(
                    Transport.TCP,
                    Loopback.anyPortOf("127.0.0.1"),
                    new InetSocketAddress("192.0.2.2", 80));
        Logs logs = new Logs()) {
      EmbeddedChannel listener = new EmbeddedChannel(new Acceptor(port));
      listener.freezeTime();

      listener.pipeline().fireExceptionCaught(new SocketException("Too many open files"));

      assertThat(listener.config().isAutoRead()).isFalse();
      assertThat(logs.warnings())
          .containsExactly(
              "accept on " + port + ": too many open files; trying again every second");
      listener.pipeline().fireExceptionCaught(new SocketException("Too many open files"));
      assertThat(logs.warnings()).as("once, not for every attempt").hasSize(1);
      listener.advanceTimeBy(1, TimeUnit.SECONDS);
      listener.runScheduledPendingTasks();
      assertThat(listener.config().isAutoRead()).isTrue();
      assertThat(listener.isOpen()).isTrue();
    }
  }
}
