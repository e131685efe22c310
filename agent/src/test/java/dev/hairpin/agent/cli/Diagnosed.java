package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.doctor.Way;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Diagnoses made by hand. */
final class Diagnosed {
  static final String RULE =
      "-A PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT";

  private Diagnosed() {}

  /** Nothing is wrong: one port, two ways. */
  static Diagnosis well() {
    return new Diagnosis(
        List.of(
            reached(way("0.0.0.0", 8080, "web", Asker.OUTSIDE, "192.0.2.1")),
            new Checked(
                way("0.0.0.0", 8080, "web", Asker.LOCALHOST, "127.0.0.1"),
                Reach.BY_PROXY,
                "172.17.0.1"),
            new Checked(
                way("::", 8080, "web", Asker.LOCALHOST, "::1"), Reach.BY_PROXY, "172.17.0.1")),
        List.of(),
        List.of());
  }

  /** A rule in front of dockerd's jump. */
  static Diagnosis hidden() {
    Way outside = way("0.0.0.0", 7788, "web", Asker.OUTSIDE, "192.0.2.1");
    Way host = way("0.0.0.0", 7788, "web", Asker.HOST, "192.0.2.1");
    Finding hides =
        new Finding(
            Code.RULE_HIDES,
            List.of(outside),
            Optional.of(new Place.Iptables(Table.NAT, "PREROUTING")),
            Optional.of(Whose.UNKNOWN),
            List.of(RULE.substring("-A PREROUTING ".length()), "nat PREROUTING", "1"),
            List.of(RULE),
            List.of(
                new Remedy.Run(
                    List.of(
                        "iptables",
                        "-t",
                        "nat",
                        "-D",
                        "PREROUTING",
                        "-m",
                        "comment",
                        "--comment",
                        "the partner's ports"),
                    /* isSafe= */ false),
                new Remedy.ByHand("change-at-owner", List.of("UFW"))));
    Finding note =
        new Finding(
            Code.INPUT_NOT_ASKED,
            List.of(),
            Optional.empty(),
            Optional.of(Whose.UFW),
            List.of("-p tcp --dport 7788 -j DROP", "filter ufw-user-input"),
            List.of(),
            List.of());
    return new Diagnosis(
        List.of(
            new Checked(outside, Reach.LOST, ""),
            reached(host),
            reached(way("127.0.0.1", 9000, "db", Asker.LOCALHOST, "127.0.0.1"))),
        List.of(hides),
        List.of(note));
  }

  /** All rules of a range are gone, and can be put back. */
  static Diagnosis gone(int ports) {
    List<Way> ways =
        IntStream.range(8000, 8000 + ports)
            .mapToObj(port -> way("0.0.0.0", port, "web", Asker.OUTSIDE, "192.0.2.1"))
            .toList();
    Finding gone =
        new Finding(
            Code.RULES_GONE,
            ways,
            Optional.empty(),
            Optional.of(Whose.HAIRPIN),
            List.of("Hairpin's", Integer.toString(ports)),
            List.of(),
            List.of(new Remedy.PutBack(Family.IPV4, plan(ports))));
    return new Diagnosis(
        ways.stream().map(way -> new Checked(way, Reach.LOST, "")).toList(),
        List.of(gone),
        List.of());
  }

  static Plan plan(int rules) {
    return new Plan(
        IntStream.range(8000, 8000 + rules)
            .<Change>mapToObj(port ->
                new Change.AppendRule(
                    Table.NAT,
                    "DOCKER",
                    IptablesText.parseRule(
                        "-p tcp --dport " + port + " -j DNAT --to-destination 172.17.0.2:80")))
            .toList());
  }

  /** A container whose name moves the cursor, and a rule and a socket that do. */
  static Diagnosis hostile() {
    String evil = "web\u001b[2J\n1. nothing\u202e";
    Way way = way("0.0.0.0", 80, evil, Asker.OUTSIDE, "192.0.2.1");
    Finding finding =
        new Finding(
            Code.LISTENS_ON_LOOPBACK,
            List.of(way),
            Optional.of(new Place.Iptables(Table.FILTER, "chain\u001b[31m")),
            Optional.of(Whose.USER),
            List.of(evil, "tcp 127.0.0.1:80, held by a\u0007b (pid 1)"),
            List.of("-A FORWARD -m comment --comment \u001b]0;x\u0007 -j DROP"),
            List.of(
                new Remedy.Run(List.of("docker", "restart", evil), /* isSafe= */ true),
                new Remedy.ByHand("listen-on-all", List.of(evil, "80/tcp\r"))));
    return new Diagnosis(List.of(new Checked(way, Reach.LOST, "")), List.of(finding), List.of());
  }

  static Checked reached(Way way) {
    return new Checked(way, Reach.REACHED, "192.0.2.2");
  }

  static Way way(String hostAddress, int port, String container, Asker asker, String asked) {
    IpAddress to = IpAddress.parse(asked);
    PortBinding binding =
        new PortBinding(
            new HostPort(Protocol.TCP, IpAddress.parse(hostAddress), port),
            IpAddress.parse("172.17.0.2"),
            80,
            new Publisher.Container("c0ffee", container),
            port + ":80");
    IpAddress from =
        switch (to.family()) {
          case IPV4 -> IpAddress.parse("192.0.2.2");
          case IPV6 -> IpAddress.parse("2001:db8::2");
        };
    return new Way(
        binding,
        asker,
        Packet.arriving("eth0", Protocol.TCP, from, to, port),
        Optional.of("docker0"),
        true);
  }
}
