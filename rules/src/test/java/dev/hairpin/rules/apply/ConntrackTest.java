package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.util.List;
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
                new Flows.OfContainerPort(C1, Protocol.TCP, 80),
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
                -D -f ipv4 -p tcp --reply-src 192.0.2.2 --reply-port-src 80
                -D -f ipv4 -p udp --orig-port-dst 53
                -D -f ipv6 -p udp --orig-dst 2001:db8::1 --orig-port-dst 53
                """));
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
}
