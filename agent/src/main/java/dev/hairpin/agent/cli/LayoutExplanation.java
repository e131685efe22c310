package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.explain.RuleDocument;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a layout writes, for what is published here or for an example, whichever layout is in force.
 * It reads nothing of the host, so that generations can be compared anywhere.
 *
 * @param state what the rules are made from
 */
record LayoutExplanation(LayoutName layout, DesiredState state, boolean isExample) {
  LayoutExplanation {
    requireNonNull(layout, "layout");
    requireNonNull(state, "state");
  }

  /**
   * Of what is published.
   *
   * @param served as the layout in force has it; empty for an example
   */
  static LayoutExplanation of(LayoutName layout, Optional<DesiredState> served) {
    return new LayoutExplanation(
        layout,
        served.map(state -> asEnginesOf(layout, state)).orElseGet(LayoutExplanation::example),
        served.isEmpty());
  }

  /** Engines from 28 on make a chain for the user's own rules in each family. */
  private static DesiredState asEnginesOf(LayoutName layout, DesiredState state) {
    FirewallOptions options =
        switch (layout) {
          case DOCKER20 -> state.options();
          case DOCKER28, DOCKER29, DOCKER29_NFT, HAIRPIN ->
              state.options().withUserChains(Set.of(Family.values()));
        };
    return new DesiredState(
        state.networks(),
        state.members(),
        state.bindings(),
        state.routed(),
        state.links(),
        options);
  }

  /** The default bridge, and one container with {@code -p 8080:80}. */
  private static DesiredState example() {
    BridgeNetwork bridge = BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
    IpAddress address = IpAddress.parse("172.17.0.2");
    Publisher web = new Publisher.Container("web", "web");
    return new DesiredState(
        List.of(bridge),
        List.of(new Member(web, bridge.bridge(), List.of(address))),
        new Endpoint(web, Optional.of(address), Optional.empty())
            .bindings(PortRequest.parse("8080:80")),
        List.of(),
        List.of(),
        FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of(Family.IPV4)));
  }

  /** For a person: {@code network bridge (docker0, 172.17.0.0/16)}, a line for each. */
  List<String> subject() {
    Stream<String> networks =
        state.networks().stream()
            .map(network ->
                "network "
                    + network.name()
                    + " on "
                    + network.bridge()
                    + network.subnets().stream()
                        .map(subnet -> ", " + subnet)
                        .reduce("", String::concat));
    Stream<String> ports =
        state.bindings().stream()
            .map(binding ->
                binding
                    + " for "
                    + binding.publisher()
                    + ", -p "
                    + binding.spec()
                    + binding
                        .header()
                        .version()
                        .map(version -> ", by the proxy alone (PROXY protocol " + version + ")")
                        .orElse(""));
    Stream<String> routed =
        state.routed().stream()
            .map(port ->
                port.containerAddress().withPort(port.containerPort())
                    + "/"
                    + port.protocol()
                    + " for "
                    + port.publisher()
                    + ", routed");
    return Stream.of(networks, ports, routed).flatMap(lines -> lines).toList();
  }

  /** One for each family that has rules. */
  List<RuleDocument> documents() {
    return Stream.of(Family.values())
        .map(family -> RuleDocument.of(layout.layout().rulesFor(state, family)))
        .filter(document -> !document.chapters().isEmpty())
        .toList();
  }
}
