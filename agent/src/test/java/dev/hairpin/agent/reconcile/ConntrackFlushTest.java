package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.C2;
import static dev.hairpin.agent.reconcile.World.tcp;
import static dev.hairpin.agent.reconcile.World.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.Flows;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConntrackFlushTest {
  private static final PortBinding WEB = tcp(8080, C1_ADDRESS, 80, C1);
  private static final PortBinding ADMIN = tcp(8081, C1_ADDRESS, 81, C1);
  private static final PortBinding DNS = udp(5353, C1_ADDRESS, 53, C1);
  private static final IpAddress C1_IP = IpAddress.parse(C1_ADDRESS);

  @Test
  void theFirstPortOfAnAddressForgetsAllOfIts() {
    assertThat(between(applied(), applied(WEB, ADMIN))).containsExactly(new Flows.OfAddress(C1_IP));
  }

  @Test
  void theLastPortOfAnAddressForgetsAllOfIts() {
    assertThat(between(applied(WEB), applied())).containsExactly(new Flows.OfAddress(C1_IP));
  }

  @Test
  void onePortMoreOrLessForgetsWhatWasSentToThatPortOnly() {
    assertThat(between(applied(WEB), applied(WEB, ADMIN))).containsExactly(sentTo(ADMIN));
    assertThat(between(applied(WEB, ADMIN), applied(WEB))).containsExactly(sentTo(ADMIN));
  }

  @Test
  void theFirstOrLastPortOfAContainerThatStaysForgetsNothingElseOfIts() {
    assertThat(between(withC1(), withC1(WEB))).containsExactly(sentTo(WEB));
    assertThat(between(withC1(WEB), withC1())).containsExactly(sentTo(WEB));
  }

  @Test
  void theFirstPortOfAContainerThatCameToTheAddressOfAnotherForgetsAllOfIts() {
    assertThat(between(with(C2), withC1(WEB))).containsExactly(new Flows.OfAddress(C1_IP));
  }

  @Test
  void aPortThatOnlyTheProxyCarriedIsNotInTheKernelsMemory() {
    PortBinding told = WEB.with(ProxyHeader.V2);
    assertThat(between(applied(ADMIN, told), applied(ADMIN))).isEmpty();
    assertThat(between(applied(WEB), applied(told))).containsExactly(sentTo(WEB));
  }

  @Test
  void aUdpPortForgetsAllThatWasSentToTheHostPort() {
    assertThat(between(applied(WEB, DNS), applied(WEB)))
        .containsExactly(new Flows.OfHostPort(DNS.hostPort()));
  }

  /** Where dockerd 29.5 and later look for the container's port, and find nobody. */
  @Test
  void aUdpPortIsForgottenAsClientsKnowItNotAsItsContainerDoes() {
    PortBinding named = World.binding(Protocol.UDP, "192.0.2.1", 5353, C1_ADDRESS, 53, C1);

    for (List<Flows> flows :
        List.of(between(applied(), applied(named)), between(applied(named), applied()))) {
      assertThat(flows)
          .filteredOn(Flows.OfHostPort.class::isInstance)
          .singleElement()
          .satisfies(flow ->
              assertThat(flow.deletions())
                  .containsExactly("-D -f ipv4 -p udp --orig-dst 192.0.2.1 --orig-port-dst 5353"));
    }
  }

  @Test
  void theSameBindingsForgetNothing() {
    assertThat(between(applied(WEB, DNS), applied(WEB, DNS))).isEmpty();
  }

  @Test
  void anAddressThatAnotherContainerWasGivenAtOnceForgetsAllOfIts() {
    assertThat(between(applied(WEB), applied(tcp(8080, C1_ADDRESS, 80, C2))))
        .containsExactly(new Flows.OfAddress(C1_IP));
  }

  @Test
  void aContainerThatWasStartedAgainHasAnotherStandInAndForgetsAllOfItsOwn() {
    String port = WEB.hostPort().toString();
    assertThat(between(applied(Map.of(port, "42-1"), WEB), applied(Map.of(port, "43-2"), WEB)))
        .containsExactly(new Flows.OfAddress(C1_IP));
  }

  @Test
  void aStandInWhoseContainerBecomesKnownForgetsNothing() {
    String port = WEB.hostPort().toString();
    PortBinding claimed = tcp(8080, C1_ADDRESS, 80, new Publisher.StandIn(42));
    assertThat(between(applied(Map.of(port, "42-1"), claimed), applied(Map.of(port, "42-1"), WEB)))
        .isEmpty();
  }

  /** One that nobody answers stays a new one, and would have to have the label. */
  @Test
  void udpPortsAreForgottenWhenConnectionsBeginToHaveOurLabel() {
    AppliedRecord alone = beside(LayoutName.DOCKER20, WEB, DNS);
    AppliedRecord labelled = beside(LayoutName.HAIRPIN, WEB, DNS);

    assertThat(between(alone, labelled)).containsExactly(new Flows.OfHostPort(DNS.hostPort()));
    assertThat(between(applied(WEB, DNS), labelled))
        .containsExactly(new Flows.OfHostPort(DNS.hostPort()));
    assertThat(between(labelled, labelled)).isEmpty();
    assertThat(between(labelled, alone)).isEmpty();
  }

  private static AppliedRecord beside(LayoutName layout, PortBinding... bindings) {
    AppliedRecord applied = applied(bindings);
    return applied.after(
        Settings.of(Standing.BESIDE, layout, ProxyMode.USERLAND),
        applied.state(),
        applied.claims());
  }

  private static List<Flows> between(AppliedRecord before, AppliedRecord after) {
    return ConntrackFlush.between(before, after);
  }

  private static Flows sentTo(PortBinding binding) {
    return new Flows.OfBinding(
        binding.hostPort(), binding.containerAddress(), binding.containerPort());
  }

  private static AppliedRecord applied(PortBinding... bindings) {
    return applied(Map.of(), bindings);
  }

  private static AppliedRecord withC1(PortBinding... bindings) {
    return with(C1, bindings);
  }

  /** Docker knows that this one is at the address. */
  private static AppliedRecord with(Publisher resident, PortBinding... bindings) {
    return applied(
        Map.of(), List.of(new Member(resident, "docker0", List.of(C1_IP))), List.of(bindings));
  }

  private static AppliedRecord applied(Map<String, String> claims, PortBinding... bindings) {
    return applied(claims, List.of(), List.of(bindings));
  }

  private static AppliedRecord applied(
      Map<String, String> claims, List<Member> members, List<PortBinding> bindings) {
    return AppliedRecord.nothing(Standing.REPLACE)
        .after(
            Settings.of(Standing.REPLACE, LayoutName.DOCKER20, ProxyMode.USERLAND),
            new DesiredState(
                List.of(),
                members,
                bindings,
                List.of(),
                List.of(),
                FirewallOptions.of(ProxyMode.USERLAND, Set.of(), Set.of())),
            claims);
  }
}
