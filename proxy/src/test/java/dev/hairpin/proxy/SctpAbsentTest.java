package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.anyPortOf;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.proxy.PortUnavailableException.Reason;
import java.net.InetSocketAddress;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** Where the kernel has no SCTP; {@link SctpPortTest} runs where it has. */
@DisabledIf("dev.hairpin.proxy.posix.Sctp#isThere")
class SctpAbsentTest {
  private static final InetSocketAddress BACKEND = new InetSocketAddress("192.0.2.2", 80);
  private static final String WHY =
      ": protocol not supported: this kernel has no SCTP; \"modprobe sctp\" loads it where it is a"
          + " module";

  private final UserlandProxy proxy =
      UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));

  @AfterEach
  void stop() {
    proxy.close();
  }

  @Test
  void aPortSaysThatTheKernelIsWithoutIt() {
    assertThatThrownBy(() -> proxy.open(Transport.SCTP, anyPortOf("127.0.0.1"), BACKEND))
        .hasMessage("listen on 127.0.0.1:0/sctp" + WHY)
        .asInstanceOf(InstanceOfAssertFactories.type(PortUnavailableException.class))
        .extracting(PortUnavailableException::reason)
        .isEqualTo(Reason.NOT_SUPPORTED);
  }

  @Test
  void soDoesAPortThatWouldOnlyBeHeld() {
    assertThatThrownBy(() -> proxy.hold(Transport.SCTP, new InetSocketAddress("127.0.0.2", 9)))
        .hasMessage("listen on 127.0.0.2:9/sctp" + WHY);
  }
}
