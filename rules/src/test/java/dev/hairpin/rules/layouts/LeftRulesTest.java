package dev.hairpin.rules.layouts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** dockerd's rules, as they were recorded and as somebody may have added to them. */
class LeftRulesTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));

  /** Whose members are kept apart. */
  private static final BridgeNetwork CLOSED =
      BridgeNetwork.of("bridge", "docker0", DOCKER0.subnets(), false, true, false);

  /** What 20.10 has of docker0 in chains of its own. */
  private static final String FILTER_20 =
      """
      *filter
      :DOCKER -
      :DOCKER-ISOLATION-STAGE-1 -
      :DOCKER-ISOLATION-STAGE-2 -
      -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      COMMIT
      """;

  /** What 28 has of docker0 in chains of its own. */
  private static final String FILTER_28 =
      """
      *filter
      :DOCKER -
      :DOCKER-BRIDGE -
      :DOCKER-FORWARD -
      -A DOCKER-BRIDGE -o docker0 -j DOCKER
      COMMIT
      """;

  /** The same with the chains that keep networks apart. */
  private static final String ISOLATING_28 =
      FILTER_28.replace(
          "COMMIT",
          """
          :DOCKER-ISOLATION-STAGE-1 -
          :DOCKER-ISOLATION-STAGE-2 -
          -A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
          -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
          COMMIT\
          """);

  private static final String FILTER_29 =
      FILTER_28.replace(
          "COMMIT",
          """
          :DOCKER-INTERNAL -
          -A DOCKER-FORWARD -j DOCKER-INTERNAL
          COMMIT\
          """);

  /** What the scenarios' users put into the tables themselves. */
  private static final Set<String> OF_USERS =
      Set.of(
          "-A INPUT -p tcp -m tcp --dport 8081 -j REJECT --reject-with icmp-port-unreachable",
          "-A FORWARD -j REJECT --reject-with icmp-port-unreachable",
          "-A PREROUTING -p tcp -m tcp --dport 8080 -j RETURN");

  /** Which might as well be a user's, unless dockerd says that the network trusts eth0. */
  private static final String TRUSTED = "-A PREROUTING -d 172.18.0.2/32 -i eth0 -j ACCEPT";

  /** One family's rules in a recording. */
  record Recorded(Path file) {
    Tables tables() {
      return IptablesText.parse(family(), text());
    }

    Family family() {
      return file.endsWith("ip6tables.txt") ? Family.IPV6 : Family.IPV4;
    }

    String text() {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String engine() {
      return ROOT.relativize(file).getName(0).toString();
    }

    @Override
    public String toString() {
      return ROOT.relativize(file).toString();
    }
  }

  private static final Path ROOT = root();

  private static Path root() {
    try {
      return Path.of(LeftRulesTest.class.getResource("/dockerd-20.10.24").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<Recorded> recordings() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(LeftRulesTest::isRecordedByEngine)
          .filter(file -> file.endsWith("iptables.txt") || file.endsWith("ip6tables.txt"))
          .sorted()
          .map(Recorded::new)
          .filter(recorded -> recorded.text().contains(":DOCKER "))
          .toList();
    }
  }

  private static boolean isRecordedByEngine(Path file) {
    return ROOT.relativize(file).getName(0).toString().startsWith("dockerd-");
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void theChainsTellTheGeneration(Recorded recorded) {
    Generation expected =
        switch (recorded.engine()) {
          case "dockerd-20.10.24", "dockerd-26.1.5" -> Generation.DOCKER20;
          case "dockerd-28.5.2" -> Generation.DOCKER28;
          case "dockerd-29.7.2" -> Generation.DOCKER29;
          case String other ->
              throw new AssertionError("an engine nobody has a layout for: " + other);
        };

    assertThat(left(recorded.tables()).generation()).contains(expected);
  }

  /** Also when no dockerd runs that could say which networks it has. */
  @ParameterizedTest
  @MethodSource("recordings")
  void everyRuleOfDockerdIsRecognisedAndNoOther(Recorded recorded) {
    Tables observed = recorded.tables();

    Tables rest = without(left(observed), observed);

    assertThat(lines(rest))
        .allSatisfy(line ->
            assertThat(
                    line.startsWith("-A DOCKER-USER ")
                        || line.equals("-A FORWARD -j DOCKER-USER")
                        || line.equals(TRUSTED)
                        || OF_USERS.contains(line))
                .as(line)
                .isTrue());
    assertThat(lines(rest))
        .containsAll(lines(observed).stream().filter(OF_USERS::contains).toList());
    assertThat(policies(rest)).isEqualTo(policies(observed));
    assertThat(rest.rules(Table.FILTER, "DOCKER-USER"))
        .isEqualTo(observed.rules(Table.FILTER, "DOCKER-USER"));
  }

  @Test
  void aHostThatNoDockerdWroteToHasNothingLeft() {
    assertThat(LeftRules.in(Tables.empty(Family.IPV4), List.of())).isEmpty();
    assertThat(LeftRules.in(nat("-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE"), List.of()))
        .isEmpty();
  }

  @Test
  void masqueradesOfOtherSubnetsBelongToOthers() {
    String own = "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE";
    String vpn = "-A POSTROUTING -s 10.8.0.0/24 -o eth0 -j MASQUERADE";
    String bridge = "-A POSTROUTING -s 192.168.122.0/24 ! -o virbr0 -j MASQUERADE";
    String port =
        "-A POSTROUTING -s 10.8.0.2/32 -d 10.8.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE";
    Tables observed = with(nat(own, vpn, bridge, port), FILTER_20);

    assertThat(lines(without(left(observed), observed))).containsExactly(vpn, bridge, port);
  }

  @Test
  void aSubnetThatDockerdDoesNotHaveIsNotOneOfItsBridge() {
    String own = "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE";
    String vpn = "-A POSTROUTING -s 10.8.0.0/24 ! -o docker0 -j MASQUERADE";
    Tables observed = with(nat(own, vpn), FILTER_20);

    assertThat(lines(without(left(observed, DOCKER0), observed))).containsExactly(vpn);
    assertThat(lines(without(left(observed), observed)))
        .as("nobody can say which of them is dockerd's")
        .containsExactly(own, vpn);
  }

  @Test
  void aSourceAddressThatTheNetworkDoesNotHaveIsTheUsers() {
    String snat = "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j SNAT --to-source 203.0.113.5";
    Tables observed = with(nat(snat), FILTER_20);

    assertThat(lines(without(left(observed, DOCKER0), observed))).containsExactly(snat);
    assertThat(
            lines(
                without(
                    left(
                        observed,
                        DOCKER0.withSourceAddresses(
                            Map.of(Family.IPV4, IpAddress.parse("203.0.113.5")))),
                    observed)))
        .isEmpty();
  }

  /** Somebody's own rule in a chain of dockerd's makes no bridge of the interface in it. */
  @Test
  void interfacesThatUsersPutIntoDockerdsChainsAreNoBridges() {
    String users = "-A FORWARD -o wg0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    Tables observed =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :FORWARD ACCEPT
            :DOCKER -
            :DOCKER-ISOLATION-STAGE-1 -
            :DOCKER-ISOLATION-STAGE-2 -
            -A FORWARD -j DOCKER-ISOLATION-STAGE-1
            %s
            -A FORWARD -i wg0 -o wg0 -j ACCEPT
            -A DOCKER ! -i wg0 -o wg0 -j DROP
            -A DOCKER-ISOLATION-STAGE-1 -o wg0 -j DROP
            -A DOCKER-ISOLATION-STAGE-2 -o wg0 -j DROP
            COMMIT
            """
                .formatted(users));

    assertThat(lines(without(left(observed), observed)))
        .containsExactly(users, "-A FORWARD -i wg0 -o wg0 -j ACCEPT");
  }

  @Test
  void trustedInterfacesAreDockerdsOnlyWhenItSaysSo() {
    String trusted = "-A PREROUTING -d 172.17.0.2/32 -i eth1 -j ACCEPT";
    Tables observed =
        with(
            parse(
                "raw",
                "PREROUTING",
                trusted,
                "-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP"),
            FILTER_28);

    assertThat(lines(without(left(observed), observed))).containsExactly(trusted);
    assertThat(
            lines(
                without(left(observed, DOCKER0.withTrustedInterfaces(List.of("eth1"))), observed)))
        .isEmpty();
  }

  @Test
  void theFirstOf28IsToldByItsSets() {
    Tables observed =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :FORWARD DROP
            :DOCKER -
            :DOCKER-ISOLATION-STAGE-1 -
            :DOCKER-ISOLATION-STAGE-2 -
            :DOCKER-USER -
            -A FORWARD -j DOCKER-USER
            -A FORWARD -m set --match-set docker-ext-bridges-v4 dst -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A FORWARD -j DOCKER-ISOLATION-STAGE-1
            -A FORWARD -m set --match-set docker-ext-bridges-v4 dst -j DOCKER
            -A FORWARD -i docker0 -j ACCEPT
            -A FORWARD -i virbr0 -j ACCEPT
            -A DOCKER ! -i docker0 -o docker0 -j DROP
            -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
            -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
            -A DOCKER-USER -j RETURN
            COMMIT
            """);

    assertThat(left(observed).generation()).contains(Generation.DOCKER28_0);
    assertThat(lines(without(left(observed), observed)))
        .containsExactly(
            "-A FORWARD -j DOCKER-USER",
            "-A FORWARD -i virbr0 -j ACCEPT",
            "-A DOCKER-USER -j RETURN");
  }

  @Test
  void theNextOf28AreToldByTheirDropsForEachPort() {
    Tables observed =
        with(
            parse(
                "raw",
                "PREROUTING",
                "-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -p tcp -m tcp --dport 80 -j DROP",
                "-A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP",
                "-A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP"),
            FILTER_28,
            """
            *nat
            :PREROUTING ACCEPT
            :DOCKER -
            -A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
            COMMIT
            """);

    assertThat(left(observed).generation()).contains(Generation.DOCKER28_1);
    assertThat(lines(without(left(observed), observed)))
        .as("nothing is published on 5432")
        .containsExactly(
            "-A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP");
  }

  @Test
  void aTableOfNftablesIsThatOf29() {
    NftTable table = new NftTable(Family.IPV6, "docker-bridges", List.of(), List.of());
    LeftRules left = left(new Tables(Family.IPV6, List.of(), List.of(table)));

    assertThat(left.generation()).contains(Generation.DOCKER29_NFT);
    assertThat(left.rules().nftTables()).containsExactly(table);
  }

  /** A dockerd that is older than the one before it doesn't know the chains that are there. */
  @Test
  void whichWasLastIsToldByTheOrderOfTheJumps() {
    Tables observed =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :FORWARD DROP
            :DOCKER -
            :DOCKER-FORWARD -
            :DOCKER-INTERNAL -
            :DOCKER-ISOLATION-STAGE-1 -
            -A FORWARD -j DOCKER-ISOLATION-STAGE-1
            -A FORWARD -j DOCKER-FORWARD
            -A DOCKER-FORWARD -j DOCKER-INTERNAL
            COMMIT
            """);

    assertThat(left(observed).generation()).contains(Generation.DOCKER20);
    assertThat(lines(without(left(observed), observed))).isEmpty();
  }

  @Test
  void natAloneDoesNotTellTheGeneration() {
    Tables observed = nat("-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER");

    assertThat(
            LeftRules.in(
                with(observed, "*nat\n:PREROUTING ACCEPT\n:DOCKER -\nCOMMIT\n"), List.of()))
        .hasValueSatisfying(left -> assertThat(left.generation()).isEmpty());
  }

  @Test
  void swarmsIngressNetworkIsNotTouched() {
    String jump = "-A FORWARD -j DOCKER-INGRESS";
    Tables observed =
        with(
            parse("filter", "FORWARD", jump),
            FILTER_28,
            "*filter\n:DOCKER-INGRESS -\n-A DOCKER-INGRESS -j RETURN\nCOMMIT\n");

    assertThat(lines(without(left(observed), observed)))
        .containsExactly(jump, "-A DOCKER-INGRESS -j RETURN");
  }

  /** From 28.0.1 on the rules of a bridge are in chains of dockerd's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
        "-A FORWARD -i docker0 -o docker0 -j ACCEPT",
        "-A FORWARD -i docker0 -o docker0 -j DROP",
        "-A FORWARD -i docker0 -j ACCEPT"
      })
  void aBridgesRulesInForwardAreTheUsersWhereNoDockerdWroteAny(String users) {
    Tables of28 = with(forward("-A FORWARD -j DOCKER-FORWARD", users), ISOLATING_28);
    Tables of29 = with(forward("-A FORWARD -j DOCKER-FORWARD", users), FILTER_29);

    for (Tables observed : List.of(of28, of29)) {
      assertThat(lines(without(left(observed), observed))).containsExactly(users);
      assertThat(lines(without(left(observed, DOCKER0), observed))).containsExactly(users);
    }
  }

  @Test
  void rulesInForwardThatAnOlderDockerdLeftBesideLaterChainsAreFound() {
    String[] older = {
      "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A FORWARD -o docker0 -j DOCKER",
      "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
      "-A FORWARD -i docker0 -o docker0 -j ACCEPT"
    };
    List<String> beside28 = new ArrayList<>(List.of("-A FORWARD -j DOCKER-FORWARD"));
    beside28.add("-A FORWARD -j DOCKER-ISOLATION-STAGE-1");
    beside28.addAll(List.of(older));

    assertThat(unclaimed(with(forward(beside28.toArray(String[]::new)), ISOLATING_28))).isEmpty();
    assertThat(unclaimed(with(forward(older), FILTER_29, FILTER_20)))
        .as("29 has no chain of this name, so an older one made it")
        .isEmpty();
    assertThat(unclaimed(withNftTable(with(forward(older), FILTER_20)))).isEmpty();
  }

  /** Up to 27 it is one or the other, and a user may have added what dockerd would not. */
  @Test
  void whetherMembersMeetIsDockerdsRuleOnlyAsTheNetworkHasIt() {
    String accept = "-A FORWARD -i docker0 -o docker0 -j ACCEPT";
    String drop = "-A FORWARD -i docker0 -o docker0 -j DROP";
    Tables observed = with(forward(accept, drop), FILTER_20);

    assertThat(lines(without(left(observed), observed))).as("nobody can be asked").isEmpty();
    assertThat(lines(without(left(observed, DOCKER0), observed))).containsExactly(drop);
    assertThat(lines(without(left(observed, CLOSED), observed))).containsExactly(accept);
  }

  @Test
  void onlyTheFirstOf28AcceptsWhateverComesFromABridge() {
    String accept = "-A FORWARD -i docker0 -j ACCEPT";
    Tables observed = with(forward("-A FORWARD -j DOCKER-ISOLATION-STAGE-1", accept), FILTER_20);

    assertThat(unclaimed(observed)).containsExactly(accept);
  }

  @Test
  void theFirstOf28HasRepliesOfAllBridgesInOneRule() {
    String users = "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    String set = "-A FORWARD -m set --match-set docker-ext-bridges-v4 dst -j DOCKER";
    String open = "-A FORWARD -i docker0 -j ACCEPT";
    String closed = "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT";
    Tables observed = with(forward(set, open, closed, users), FILTER_20);

    assertThat(unclaimed(observed)).containsExactly(users);
    assertThat(lines(without(left(observed, DOCKER0), observed))).containsExactly(closed, users);
    assertThat(lines(without(left(observed, CLOSED), observed))).containsExactly(open, users);
    assertThat(unclaimed(with(forward("-A FORWARD -o docker0 -j DOCKER", set, users), FILTER_20)))
        .as("27 was here before")
        .isEmpty();
  }

  private static Tables forward(String... rules) {
    return parse("filter", "FORWARD", rules);
  }

  private static Tables withNftTable(Tables tables) {
    return new Tables(
        tables.family(),
        tables.chains(),
        List.of(new NftTable(tables.family(), "docker-bridges", List.of(), List.of())));
  }

  private static List<String> unclaimed(Tables observed) {
    return lines(without(left(observed), observed));
  }

  private static Tables nat(String... postrouting) {
    return parse("nat", postrouting[0].split(" ", -1)[1], postrouting);
  }

  private static Tables parse(String table, String chain, String... rules) {
    return IptablesText.parse(
        Family.IPV4,
        "*%s\n:%s ACCEPT\n%s\nCOMMIT\n".formatted(table, chain, String.join("\n", rules)));
  }

  /** Tables together with further chains of the same tables. */
  private static Tables with(Tables tables, String... others) {
    List<Chain> chains = new ArrayList<>(tables.chains());
    Stream.of(others)
        .flatMap(text -> IptablesText.parse(Family.IPV4, text).chains().stream())
        .filter(chain -> tables.chain(chain.table(), chain.name()).isEmpty())
        .forEach(chains::add);
    return new Tables(tables.family(), chains);
  }

  private static LeftRules left(Tables observed, BridgeNetwork... networks) {
    return LeftRules.in(observed, List.of(networks)).orElseThrow();
  }

  private static Tables without(LeftRules left, Tables observed) {
    return Plan.between(observed, left.rules(), Ruleset.empty(observed.family()))
        .appliedTo(observed);
  }

  private static List<String> lines(Tables tables) {
    return IptablesText.print(tables).lines().filter(line -> line.startsWith("-A ")).toList();
  }

  private static List<String> policies(Tables tables) {
    return IptablesText.print(tables)
        .lines()
        .filter(line -> line.startsWith(":") && !line.endsWith(" -"))
        .toList();
  }
}
