package dev.hairpin.rules.trace;

import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.trace.NftTracerTest.C1;
import static dev.hairpin.rules.trace.NftTracerTest.C2;
import static dev.hairpin.rules.trace.NftTracerTest.filter;
import static dev.hairpin.rules.trace.NftTracerTest.fromClient;
import static dev.hairpin.rules.trace.NftTracerTest.table;
import static dev.hairpin.rules.trace.NftTracerTest.toOutside;
import static dev.hairpin.rules.trace.NftTracerTest.trace;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Action.JumpByInterface.Direction;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftChain.Base;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What packets find in the maps and sets of nftables' own tables. */
class NftLookUpTest {
  @Test
  void aMapLeadsToTheChainOfTheInterface() {
    Rule byOutput = Rule.of(List.of(), new Action.JumpByInterface(Direction.OUTPUT, "in-jumps"));
    NftTable table =
        new NftTable(
            Family.IPV4,
            "ours",
            List.of(
                new InterfaceMap(
                    "in-jumps",
                    new TreeMap<>(Map.of("docker0", "into-docker0", "docker1", "into-docker1")))),
            List.of(
                filter("forward", 0, byOutput),
                NftChain.regular("into-docker0", List.of(Rule.of(List.of(), drop()))),
                NftChain.regular("into-docker1", List.of())));

    assertThat(trace(fromClient(C1), table).steps())
        .extracting(step -> step.at() + " " + step.number())
        .containsExactly("ours forward 1", "ours into-docker0 1");
    assertThat(trace(toOutside(), table).verdict()).isInstanceOf(Verdict.Forwarded.class);
  }

  @Test
  void aMapOfPortsLeadsToTheContainerAndItsPort() {
    assertThat(trace(fromClient(C1), publishing(80)).verdict())
        .isEqualTo(new Verdict.Forwarded(C2, 8080, "docker0"));
  }

  @Test
  void aPortThatTheMapHasNotIsLeftAlone() {
    Trace trace = trace(fromClient(C1), publishing(81));

    assertThat(trace.verdict()).isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
    assertThat(trace.steps()).isEmpty();
  }

  /** A packet to port 80 of C1 is DNATed if that is the port. */
  private static NftTable publishing(int port) {
    PortSet map =
        new PortSet(
            "ports",
            new PortSet.Type(
                Family.IPV4,
                /* byAddress= */ true,
                /* intervals= */ false,
                PortSet.Data.ADDRESS_AND_PORT),
            List.of(
                new PortSet.Element(
                    Protocol.TCP,
                    Optional.of(C1),
                    PortRange.of(port),
                    Optional.of(new Action.Dnat(C2, OptionalInt.of(8080))),
                    Reason.UNKNOWN)));
    Rule lookUp =
        Rule.of(
            List.of(new Match.HasPorts()),
            new Action.DnatByPort(Family.IPV4, /* byAddress= */ true, "ports"));
    Base base = new Base(NftChain.Type.NAT, Hook.PREROUTING, Base.DSTNAT, Policy.ACCEPT);
    return new NftTable(
        Family.IPV4,
        "ours",
        List.of(),
        List.of(map),
        List.of(new NftChain("prerouting", Optional.of(base), List.of(lookUp))));
  }

  @Test
  void aSetThatIsNotThereMakesTheAnswerUnknown() {
    NftTable table =
        table(
            "ours",
            filter(
                "forward",
                0,
                Rule.of(List.of(new Match.DestinationAmong(Family.IPV4, "gone")), drop())));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void aMapThatIsNotThereMakesTheAnswerUnknown() {
    NftTable table =
        table(
            "ours",
            filter(
                "forward",
                0,
                Rule.of(List.of(), new Action.JumpByInterface(Direction.INPUT, "gone"))));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Unknown.class);
  }
}
