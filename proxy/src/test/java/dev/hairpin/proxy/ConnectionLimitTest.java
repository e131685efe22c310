package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.reset;
import static dev.hairpin.proxy.Loopback.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class ConnectionLimitTest {
  private static final int MILLIS_OF_QUIET = 200;

  @Parameter Polling polling;
  private ServerSocket backend;

  @BeforeEach
  void start() throws IOException {
    backend = listen("127.0.0.1");
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private UserlandProxy limited(int ofAllPorts, int ofOnePort) {
    // One thread, as each may exceed the limit of all ports by one.
    ProxySettings settings = ProxySettings.defaults().withPolling(polling).withThreads(1);
    return UserlandProxy.start(settings.withMaxConnections(ofAllPorts, ofOnePort));
  }

  private ListeningPort open(UserlandProxy proxy) throws PortUnavailableException {
    return proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend));
  }

  @Test
  void aClientTooManyForItsPortWaitsUntilAnotherLeaves() throws Exception {
    try (UserlandProxy proxy = limited(100, 2);
        ListeningPort port = open(proxy);
        Logs logs = new Logs();
        Socket first = connect(port.frontend());
        Socket servedFirst = accept(backend);
        Socket second = connect(port.frontend());
        Socket servedSecond = accept(backend);
        Socket third = connect(port.frontend())) {
      say(third, "patient");
      assertNobodyComes();
      assertThat(logs.warnings())
          .singleElement()
          .asString()
          .isEqualTo(
              "accept on %s: 2 connections are open, which is the limit; more wait until one ends"
                  .formatted(port));
      say(second, "unharmed");
      assertThat(hear(servedSecond, 8)).isEqualTo("unharmed");

      reset(first);
      reset(servedFirst);

      try (Socket servedThird = accept(backend)) {
        assertThat(hear(servedThird, 7)).isEqualTo("patient");
      }
    }
  }

  @Test
  void aClientTooManyForAllPortsWaitsUntilOneLeavesAnotherPort() throws Exception {
    try (UserlandProxy proxy = limited(2, 100);
        ListeningPort port = open(proxy);
        ListeningPort other = open(proxy);
        Socket first = connect(port.frontend());
        Socket servedFirst = accept(backend);
        Socket second = connect(other.frontend());
        Socket servedSecond = accept(backend)) {
      assertThat(servedSecond.isConnected()).isTrue();
      try (Socket third = connect(other.frontend())) {
        assertNobodyComes();
        assertThat(second.isConnected()).isTrue();

        reset(first);
        reset(servedFirst);

        say(third, "patient");
        try (Socket servedThird = accept(backend)) {
          assertThat(hear(servedThird, 7)).isEqualTo("patient");
        }
      }
    }
  }

  private void assertNobodyComes() throws IOException {
    backend.setSoTimeout(MILLIS_OF_QUIET);
    assertThatThrownBy(() -> accept(backend)).isInstanceOf(SocketTimeoutException.class);
    backend.setSoTimeout((int) Loopback.DEADLINE.toMillis());
  }
}
