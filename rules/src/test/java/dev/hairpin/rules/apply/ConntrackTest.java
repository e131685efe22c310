package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.trace.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConntrackTest {
  private static final IpAddress C1 = IpAddress.parse("192.0.2.2");
  private static final List<Flows> OF_C1 = List.of(new Flows.OfAddress(C1));

  private final ScriptedCommands commands = new ScriptedCommands();
  private final Conntrack conntrack = new Conntrack(commands);

  @Test
  void everythingIsForgottenInOneProcess() throws FirewallException {
    commands.answer(0, "udp 17 ...\ntcp 6 ...\n", "");

    long forgotten =
        conntrack.forget(
            List.of(
                new Flows.OfAddress(C1),
                new Flows.OfBinding(tcp(8080), C1, 80),
                new Flows.OfHostPort(new HostPort(Protocol.UDP, IpAddress.ANY_IPV4, 53)),
                new Flows.OfHostPort(
                    new HostPort(Protocol.UDP, IpAddress.parse("2001:db8::1"), 53))));

    assertThat(forgotten).isEqualTo(2);
    assertThat(commands.calls())
        .containsExactly(
            new ScriptedCommands.Call(
                List.of("conntrack", "--load-file", "-"),
                """
                -D -f ipv4 --reply-src 192.0.2.2
                -D -f ipv4 --reply-dst 192.0.2.2
                -D -f ipv4 -p tcp --orig-port-dst 8080 --reply-src 192.0.2.2 --reply-port-src 80
                -D -f ipv4 -p udp --orig-port-dst 53
                -D -f ipv6 -p udp --orig-dst 2001:db8::1 --orig-port-dst 53
                """));
  }

  /** Of each kind that can be asked for, one that is there and one that is not. */
  @Test
  void ofManyOnlyThoseAreDeletedThatAreThere() throws FirewallException {
    commands
        .answer(0, "3\n", "")
        .answer(
            0,
            """
            udp      17 29 src=198.51.100.9 dst=192.0.2.1 sport=4000 dport=53 [UNREPLIED] \
            src=192.0.2.2 dst=198.51.100.9 sport=5353 dport=4000 mark=0 use=1
            tcp      6 431999 ESTABLISHED src=198.51.100.9 dst=192.0.2.1 sport=4001 dport=8080 \
            src=192.0.2.3 dst=198.51.100.9 sport=80 dport=4001 [ASSURED] mark=0 use=1
            icmp     1 29 src=198.51.100.9 dst=192.0.2.4 type=8 code=0 id=7 \
            src=192.0.2.4 dst=198.51.100.9 type=0 code=0 id=7 mark=0 use=1
            """,
            "conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.\n")
        .answer(0, "udp ...\ntcp ...\nicmp ...\n", "");
    List<Flows> wanted = new ArrayList<>();
    for (int port = 50; port < 70; port++) {
      wanted.add(new Flows.OfHostPort(new HostPort(Protocol.UDP, IpAddress.ANY_IPV4, port)));
    }
    wanted.add(new Flows.OfBinding(tcp(8080), IpAddress.parse("192.0.2.3"), 80));
    wanted.add(new Flows.OfBinding(tcp(8081), IpAddress.parse("192.0.2.3"), 80));
    wanted.add(new Flows.OfBinding(tcp(8080), IpAddress.parse("192.0.2.3"), 81));
    wanted.add(new Flows.OfAddress(IpAddress.parse("192.0.2.4")));
    wanted.add(new Flows.OfAddress(IpAddress.parse("192.0.2.5")));

    assertThat(conntrack.forget(wanted)).isEqualTo(3);

    assertThat(commands.calls())
        .containsExactly(
            new ScriptedCommands.Call(List.of("conntrack", "-C"), ""),
            new ScriptedCommands.Call(List.of("conntrack", "-L", "-f", "ipv4"), ""),
            new ScriptedCommands.Call(
                List.of("conntrack", "--load-file", "-"),
                """
                -D -f ipv4 -p udp --orig-port-dst 53
                -D -f ipv4 -p tcp --orig-port-dst 8080 --reply-src 192.0.2.3 --reply-port-src 80
                -D -f ipv4 --reply-src 192.0.2.4
                -D -f ipv4 --reply-dst 192.0.2.4
                """));
  }

  @Test
  void whereNoneOfManyIsThereNothingIsDeleted() throws FirewallException {
    commands.answer(0, "0\n", "").answer(0, "", "").answer(0, "", "");

    assertThat(conntrack.forget(oneAboveFew())).isZero();

    assertThat(commands.calls())
        .extracting(call -> String.join(" ", call.argv()))
        .containsExactly("conntrack -C", "conntrack -L -f ipv4", "conntrack -L -f ipv6");
  }

  @Test
  void whereThereAreTooManyToListTheyAreDeletedUnseen() throws FirewallException {
    commands.answer(0, "50001\n", "").answer(0, "tcp ...\n", "");

    assertThat(conntrack.forget(oneAboveFew())).isEqualTo(1);

    assertThat(commands.calls())
        .extracting(call -> String.join(" ", call.argv()))
        .containsExactly("conntrack -C", "conntrack --load-file -");
  }

  @Test
  void whatCannotBeListedIsReported() {
    commands.answer(0, "1\n", "").answer(1, "", "conntrack v1.4.7: Operation not permitted\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> conntrack.forget(oneAboveFew()))
        .withMessage(
            "list connections: conntrack exited 1: conntrack v1.4.7: Operation not permitted");
  }

  private static List<Flows> oneAboveFew() {
    List<Flows> flows = new ArrayList<>();
    flows.add(new Flows.OfAddress(IpAddress.parse("2001:db8::1")));
    for (int port = 1; port <= 16; port++) {
      flows.add(new Flows.OfHostPort(new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, port)));
    }
    return flows;
  }

  @Test
  void nothingToForgetRunsNothing() throws FirewallException {
    assertThat(conntrack.forget(List.of())).isZero();
    assertThat(commands.calls()).isEmpty();
  }

  @Test
  void thatThereWasNothingToDeleteIsNoError() throws FirewallException {
    commands.answer(1, "", "conntrack v1.4.7: 0 flow entries have been deleted.\n");

    assertThat(conntrack.forget(OF_C1)).isZero();
  }

  @Test
  void aConnectionThatEndsMeanwhileIsNoError() throws FirewallException {
    commands
        .answer(1, "udp ...\n", "Operation failed: such conntrack doesn't exist\n")
        .answer(0, "udp ...\n", "");

    assertThat(conntrack.forget(OF_C1)).isEqualTo(2);
  }

  @Test
  void connectionsThatKeepEndingAreReportedAtLast() {
    for (int i = 0; i < 5; i++) {
      commands.answer(1, "", "Operation failed: such conntrack doesn't exist\n");
    }

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> conntrack.forget(OF_C1))
        .withMessageContaining("exited 1");
    assertThat(commands.calls()).hasSize(5);
  }

  @Test
  void whatTheToolSaysIsReported() {
    commands.answer(2, "", "conntrack v1.4.7 (conntrack-tools): `xxx' unsupported protocol\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> conntrack.forget(OF_C1))
        .withMessage(
            "forget connections: conntrack exited 2: conntrack v1.4.7 (conntrack-tools): `xxx'"
                + " unsupported protocol");
  }

  @Test
  void aMissingToolIsReported() {
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> conntrack.forget(OF_C1))
        .withMessage("forget connections: run conntrack: not found on PATH; install it");
  }

  @Test
  void theConnectionOfAPacketIsFoundByWhatItWasAskedWith() throws FirewallException {
    commands.answer(
        0,
        """
        tcp      6 119 TIME_WAIT src=198.51.100.9 dst=192.0.2.1 sport=40000 dport=8080 \
        src=192.0.2.2 dst=198.51.100.9 sport=80 dport=40000 [ASSURED] mark=0 use=1
        """,
        "");

    Optional<Connection> found =
        conntrack.find(
            Packet.arriving(
                "eth0",
                Protocol.TCP,
                IpAddress.parse("198.51.100.9"),
                IpAddress.parse("192.0.2.1"),
                8080));

    assertThat(found.map(Connection::answered).map(Connection.Ends::source))
        .contains(IpAddress.parse("192.0.2.2"));
    assertThat(commands.calls().getFirst().argv())
        .containsExactly(
            "conntrack",
            "-L",
            "-f",
            "ipv4",
            "--orig-src",
            "198.51.100.9",
            "--orig-dst",
            "192.0.2.1",
            "-p",
            "tcp",
            "--orig-port-src",
            "40000",
            "--orig-port-dst",
            "8080");
  }

  private static HostPort tcp(int port) {
    return new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, port);
  }
}
