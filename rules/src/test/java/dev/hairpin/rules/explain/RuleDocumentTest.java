package dev.hairpin.rules.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Network 192.0.2.0/24 on docker0, c1 is .2 and publishes 8080 -> 80. */
class RuleDocumentTest {
  @Test
  void chainsOfDocker20AreInTheOrderInWhichAPacketMeetsThem() {
    assertThat(names(LayoutName.DOCKER20))
        .containsExactly(
            "nat PREROUTING",
            "nat OUTPUT",
            "nat DOCKER",
            "filter FORWARD",
            "filter DOCKER-USER",
            "filter DOCKER-ISOLATION-STAGE-1",
            "filter DOCKER-ISOLATION-STAGE-2",
            "filter DOCKER",
            "nat POSTROUTING");
  }

  @Test
  void chainsOfDocker28AreInTheOrderInWhichAPacketMeetsThem() {
    assertThat(names(LayoutName.DOCKER28))
        .containsExactly(
            "raw PREROUTING",
            "nat PREROUTING",
            "nat OUTPUT",
            "nat DOCKER",
            "filter FORWARD",
            "filter DOCKER-USER",
            "filter DOCKER-FORWARD",
            "filter DOCKER-CT",
            "filter DOCKER-ISOLATION-STAGE-1",
            "filter DOCKER-ISOLATION-STAGE-2",
            "filter DOCKER-BRIDGE",
            "filter DOCKER",
            "nat POSTROUTING");
  }

  @Test
  void theSameChainIsDescribedAsItsGenerationHasIt() {
    assertThat(chapter(LayoutName.DOCKER20, "filter DOCKER").description())
        .contains("Nothing is dropped here");
    assertThat(chapter(LayoutName.DOCKER29, "filter DOCKER").description())
        .contains("drops everything else");
  }

  @Test
  void thePolicyIsExplainedLikeARule() {
    assertThat(chapter(LayoutName.DOCKER29, "filter FORWARD").lines().getFirst())
        .satisfies(line -> {
          assertThat(line.text()).isEqualTo("-P FORWARD DROP");
          assertThat(line.reason().text()).startsWith("without it, this host forwards");
        });
  }

  private static RuleDocument.Chapter chapter(LayoutName layout, String name) {
    return document(layout).chapters().stream()
        .filter(chapter -> (chapter.table() + " " + chapter.name()).equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> names(LayoutName layout) {
    return document(layout).chapters().stream()
        .map(chapter -> chapter.table() + " " + chapter.name())
        .toList();
  }

  private static RuleDocument document(LayoutName layout) {
    Publisher c1 = new Publisher.Container("1111", "c1");
    IpAddress address = IpAddress.parse("192.0.2.2");
    return RuleDocument.of(
        layout
            .layout()
            .rulesFor(
                new DesiredState(
                    List.of(BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("192.0.2.0/24"))),
                    List.of(new Member(c1, "docker0", List.of(address))),
                    List.of(
                        new PortBinding(
                            new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, 8080),
                            address,
                            80,
                            c1,
                            "8080:80")),
                    List.of(),
                    List.of(),
                    FirewallOptions.of(
                        ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of(Family.IPV4))),
                Family.IPV4));
  }
}
