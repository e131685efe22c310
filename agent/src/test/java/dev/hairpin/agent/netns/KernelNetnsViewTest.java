package dev.hairpin.agent.netns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * On real namespaces: "host" stands for the agent's own, and is where the look is made from.
 *
 * <p>Address plan: hpn0 198.51.100.1/24 and 2001:db8:1::1/64 in host; ns1 198.51.100.2 and
 * 2001:db8:1::2; ns2 198.51.100.3, IPv4 only.
 */
class KernelNetnsViewTest {
  private final KernelNetnsView view = new KernelNetnsView();

  @Test
  void anAbsentNamespaceIsAProblemAndTheOthersGoOn() {
    NetnsSnapshot snapshot =
        view.look(
            List.of(
                publication("hpn-absent", "3000:3000"), publication("hpn-absent", "3001:3001")));

    assertThat(snapshot.bindings()).isEmpty();
    assertThat(snapshot.problems())
        .containsExactly(
            new Problem(
                "namespace \"hpn-absent\"",
                "does not exist yet; its ports are published when it appears"));
  }

  @Test
  void withoutPublicationsNothingIsLookedAt() {
    assertThat(view.look(List.of())).isEqualTo(new NetnsSnapshot(List.of(), List.of(), List.of()));
  }

  @Test
  void theAddressesAndTheBridgeAreFoundOnBothSides() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace host = hostWithBridge(network);
      attach(network, host, "ns1", "198.51.100.2/24", "2001:db8:1::2/64");

      NetnsSnapshot snapshot =
          lookFrom(
              host,
              new Publication(
                  new Publisher.Namespace(network.name("ns1")), PortRequest.parse("3000:3000")));

      assertThat(snapshot.problems()).isEmpty();
      assertThat(snapshot.networks())
          .containsExactly(
              BridgeNetwork.of(
                  "hpn0",
                  "hpn0",
                  IpPrefix.parse("198.51.100.0/24"),
                  IpPrefix.parse("2001:db8:1::/64")));
      assertThat(snapshot.bindings())
          .extracting(PortBinding::toString)
          .containsExactly(
              "0.0.0.0:3000/tcp -> 198.51.100.2:3000", "[::]:3000/tcp -> [2001:db8:1::2]:3000");
    }
  }

  @Test
  void namespacesOnOneBridgeShareItsNetworkAndKeepTheOrderOfThePublications() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace host = hostWithBridge(network);
      attach(network, host, "ns1", "198.51.100.2/24", "2001:db8:1::2/64");
      attach(network, host, "ns2", "198.51.100.3/24");

      NetnsSnapshot snapshot =
          lookFrom(
              host,
              new Publication(
                  new Publisher.Namespace(network.name("ns2")),
                  PortRequest.parse("8000-8001:80-81")),
              new Publication(
                  new Publisher.Namespace(network.name("ns1")),
                  PortRequest.parse("127.0.0.1:3000:3000/udp")));

      assertThat(snapshot.networks()).hasSize(1);
      assertThat(snapshot.networks().getFirst().subnets()).hasSize(2);
      assertThat(snapshot.bindings())
          .extracting(PortBinding::toString)
          .containsExactly(
              "0.0.0.0:8001/tcp -> 198.51.100.3:81",
              "[::]:8001/tcp -> 198.51.100.3:81",
              "0.0.0.0:8000/tcp -> 198.51.100.3:80",
              "[::]:8000/tcp -> 198.51.100.3:80",
              "127.0.0.1:3000/udp -> 198.51.100.2:3000");
    }
  }

  @Test
  void aNamespaceWithAnotherAddressIsReachedThere() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace host = hostWithBridge(network);
      attach(network, host, "ns1", "198.51.100.2/24");
      Publication publication = publication(network.name("ns1"), "127.0.0.1:3000:3000");
      assertThat(lookFrom(host, publication).bindings())
          .extracting(PortBinding::toString)
          .containsExactly("127.0.0.1:3000/tcp -> 198.51.100.2:3000");

      NetworkNamespace ns1 = NetworkNamespace.of(network.name("ns1"));
      network.ipIn(ns1, "address del 198.51.100.2/24 dev veth0");
      network.ipIn(ns1, "address add 198.51.100.9/24 dev veth0");

      assertThat(lookFrom(host, publication).bindings())
          .extracting(PortBinding::toString)
          .containsExactly("127.0.0.1:3000/tcp -> 198.51.100.9:3000");
    }
  }

  @Test
  void aNamespaceWithoutAnAddressIsAProblem() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace empty = network.add("ns1");

      assertThat(view.look(List.of(publication(empty.text(), "3000:3000"))).problems())
          .containsExactly(
              new Problem(
                  "namespace \"" + empty.text() + "\"",
                  "it has no address yet; its ports are published when it has one"));
    }
  }

  private static NetworkNamespace hostWithBridge(TestNetwork network) throws Exception {
    NetworkNamespace host = network.add("host");
    network.ipIn(host, "link add hpn0 type bridge");
    network.ipIn(host, "link set hpn0 up");
    network.ipIn(host, "address add 198.51.100.1/24 dev hpn0");
    network.ipIn(host, "address add 2001:db8:1::1/64 dev hpn0 nodad");
    return host;
  }

  private static void attach(
      TestNetwork network, NetworkNamespace host, String suffix, String... addresses)
      throws Exception {
    NetworkNamespace namespace = network.add(suffix);
    network.ipIn(
        host, "link add " + suffix + " type veth peer name veth0 netns " + namespace.text());
    network.ipIn(host, "link set " + suffix + " master hpn0 up");
    network.ipIn(namespace, "link set veth0 up");
    for (String address : addresses) {
      String nodad = address.contains(":") ? " nodad" : "";
      network.ipIn(namespace, "address add " + address + " dev veth0" + nodad);
    }
  }

  private NetnsSnapshot lookFrom(NetworkNamespace host, Publication... publications)
      throws Exception {
    return host.call(() -> view.look(Arrays.asList(publications)));
  }

  private static Publication publication(String namespace, String request) {
    return new Publication(new Publisher.Namespace(namespace), PortRequest.parse(request));
  }
}
