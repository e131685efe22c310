package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.NS1;
import static dev.hairpin.agent.reconcile.World.NS1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.binding;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.ProxyMode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WantedTest {
  private static final PortBinding IPV4 =
      binding(Protocol.TCP, "0.0.0.0", 3000, NS1_ADDRESS, 3000, NS1);
  private static final PortBinding JOINED =
      binding(Protocol.TCP, "::", 3000, NS1_ADDRESS, 3000, NS1);
  private static final PortBinding JOINED_ON_REQUEST =
      binding(Protocol.TCP, "::1", 3001, NS1_ADDRESS, 3000, NS1);

  @Test
  void theProxyJoinsIpv6HostAddressesWithIpv4Containers() {
    Wanted wanted = wanted(IPV4, JOINED, JOINED_ON_REQUEST);

    assertThat(wanted.servedBy(ProxyMode.USERLAND)).isEqualTo(wanted);
  }

  @Test
  void withoutTheProxyTheIpv6HalfOfAWildcardIsLeftOut() {
    Wanted served = wanted(IPV4, JOINED).servedBy(ProxyMode.HAIRPIN);

    assertThat(served.bindings()).containsExactly(IPV4);
    assertThat(served.ours()).containsExactly(IPV4);
    assertThat(served.problems()).isEmpty();
  }

  @Test
  void withoutTheProxyAnIpv6AddressThatSomebodyNamedIsAProblem() {
    Wanted served = wanted(IPV4, JOINED_ON_REQUEST).servedBy(ProxyMode.HAIRPIN);

    assertThat(served.bindings()).containsExactly(IPV4);
    assertThat(served.problems())
        .extracting(Problem::subject)
        .containsExactly("publish [::1]:3001/tcp for namespace ns1");
  }

  @Test
  void withoutTheProxyAPortWithAHeaderIsAProblem() {
    PortBinding told = IPV4.with(ProxyHeader.V2);
    Wanted served = wanted(told).servedBy(ProxyMode.HAIRPIN);

    assertThat(served.bindings()).isEmpty();
    assertThat(served.ours()).isEmpty();
    assertThat(served.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "publish 0.0.0.0:3000/tcp for namespace ns1: PROXY protocol v2 needs the userland"
                + " proxy, which is off; start the agent with --userland-proxy=true");
    assertThat(wanted(told).servedBy(ProxyMode.USERLAND).bindings()).containsExactly(told);
  }

  private static Wanted wanted(PortBinding... bindings) {
    return new Wanted(
        List.of(),
        List.of(),
        List.of(bindings),
        List.of(),
        List.of(),
        Set.of(),
        List.of(bindings),
        List.of(),
        List.of());
  }
}
