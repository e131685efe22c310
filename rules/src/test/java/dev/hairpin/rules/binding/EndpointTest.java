package dev.hairpin.rules.binding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.IpAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Address plan: ns1 is 192.0.2.2 and 2001:db8:1::2. */
class EndpointTest {
  private static final Publisher NS1 = new Publisher.Namespace("ns1");
  private static final Optional<IpAddress> IPV4 = Optional.of(IpAddress.parse("192.0.2.2"));
  private static final Optional<IpAddress> IPV6 = Optional.of(IpAddress.parse("2001:db8:1::2"));

  @Test
  void withoutAHostAddressThereIsABindingForEachWildcard() {
    assertThat(new Endpoint(NS1, IPV4, IPV6).bindings(PortRequest.parse("8080:80")))
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:8080/tcp -> 192.0.2.2:80", "[::]:8080/tcp -> [2001:db8:1::2]:80");
  }

  @Test
  void aRangeIsPairedOneToOneAndTheHighestContainerPortComesFirst() {
    assertThat(
            new Endpoint(NS1, IPV4, Optional.empty())
                .bindings(PortRequest.parse("127.0.0.1:8000-8002:80-82/udp")))
        .extracting(PortBinding::toString)
        .containsExactly(
            "127.0.0.1:8002/udp -> 192.0.2.2:82",
            "127.0.0.1:8001/udp -> 192.0.2.2:81",
            "127.0.0.1:8000/udp -> 192.0.2.2:80");
  }

  @Test
  void ipv6InFrontOfAnIpv4OnlyEndpointKeepsTheIpv4Backend() {
    assertThat(new Endpoint(NS1, IPV4, Optional.empty()).bindings(PortRequest.parse("1:2")))
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:1/tcp -> 192.0.2.2:2", "[::]:1/tcp -> 192.0.2.2:2");
  }

  @Test
  void aBindingCarriesWhatThePersonWrote() {
    assertThat(new Endpoint(NS1, IPV4, IPV6).bindings(PortRequest.parse("8080:80/tcp")))
        .extracting(PortBinding::spec)
        .containsOnly("8080:80");
  }

  @Test
  void aRequestWithoutAHostPortIsRefused() {
    assertThatThrownBy(() -> new Endpoint(NS1, IPV4, IPV6).bindings(PortRequest.parse("80")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host port of 80 is not chosen yet");
  }
}
