package dev.hairpin.rules.binding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortRequestTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "80,                      tcp,  any,         any,       80",
    ":80,                     tcp,  any,         any,       80",
    "8080:80,                 tcp,  any,         8080,      80",
    "08080:080,               tcp,  any,         8080,      80",
    "53:53/udp,               udp,  any,         53,        53",
    "8080:80/TCP,             tcp,  any,         8080,      80",
    "9000:9000/Sctp,          sctp, any,         9000,      9000",
    "127.0.0.1:8081:80,       tcp,  127.0.0.1,   8081,      80",
    "127.0.0.1::80,           tcp,  127.0.0.1,   any,       80",
    "0.0.0.0:8080:80,         tcp,  0.0.0.0,     8080,      80",
    "[::1]:8080:80,           tcp,  ::1,         8080,      80",
    "[::]:8080:80/udp,        udp,  '::',        8080,      80",
    "[2001:db8::1]::80,       tcp,  2001:db8::1, any,       80",
    "[::ffff:192.0.2.1]:1:80, tcp,  192.0.2.1,   1,         80",
    "8000-8009:8000-8009,     tcp,  any,         8000-8009, 8000-8009",
    "8000-8010:80,            tcp,  any,         8000-8010, 80",
    "192.0.2.1:1-2:3-4/udp,   udp,  192.0.2.1,   1-2,       3-4",
    "80-82,                   tcp,  any,         any,       80-82",
    "65535:65535,             tcp,  any,         65535,     65535",
    "80-80:80,                tcp,  any,         80,        80",
  })
  void readsWhatDockerReads(
      String text, String protocol, String address, String host, String container) {
    PortRequest request = PortRequest.parse(text);

    assertThat(request.protocol().keyword()).isEqualTo(protocol);
    assertThat(request.hostAddress().map(IpAddress::toString).orElse("any")).isEqualTo(address);
    assertThat(request.hostPorts().map(PortRange::toString).orElse("any")).isEqualTo(host);
    assertThat(request.containerPorts()).hasToString(container);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "''            | no port in \"\"; write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80",
        "0:80          | host port 0 is outside 1-65535 in \"0:80\"; leave the host port out for any free one",
        "70000:80/tcp  | host port 70000 is outside 1-65535 in \"70000:80/tcp\"",
        "8080:65536    | container port 65536 is outside 1-65535 in \"8080:65536\"",
        "99999999999:1 | host port 99999999999 is outside 1-65535 in \"99999999999:1\"",
        "80:           | container port is missing in \"80:\"; write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80",
        "9010-9000:80  | port range \"9010-9000\" runs backwards; write 9000-9010",
        "8000-8001:80-82 | host ports 8000-8001 and container ports 80-82 differ in number in \"8000-8001:80-82\"; write ranges of equal length",
        "8000:80-82    | host ports 8000 and container ports 80-82 differ in number in \"8000:80-82\"; write ranges of equal length",
        "80/foo        | protocol \"foo\" is unknown in \"80/foo\"; write tcp, udp or sctp",
        "80/           | protocol \"\" is unknown in \"80/\"; write tcp, udp or sctp",
        "80/tcp/udp    | protocol \"tcp/udp\" is unknown in \"80/tcp/udp\"; write tcp, udp or sctp",
        "localhost:8080:80 | host address \"localhost\" is not an IP address in \"localhost:8080:80\"; names are not looked up",
        "1.2.3:8080:80 | host address \"1.2.3\" is not an IP address in \"1.2.3:8080:80\"; names are not looked up",
        "127.0.0.1:80  | host port \"127.0.0.1\" is not a number in \"127.0.0.1:80\"; write 127.0.0.1::80 for any free port of it",
        "::1:8080:80   | too many colons in \"::1:8080:80\"; write IPv6 in brackets, as in [::1]:8080:80",
        "[::1:8080:80  | bracket is not closed in \"[::1:8080:80\"; write [::1]:8080:80",
        "[::1]:80      | two ports are expected after the address in \"[::1]:80\"; write [::1]:8080:80",
        "::80          | host address is missing in \"::80\"; write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80",
        "http:80       | host port \"http\" is not a number in \"http:80\"",
        "-1:80         | host port \"-1\" is not a number in \"-1:80\"",
        "1-2-3:80      | host port \"1-2-3\" is not a number in \"1-2-3:80\"",
        "80 -j ACCEPT  | character \" \" is not allowed in \"80 -j ACCEPT\"; write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80",
        "80;reboot     | character \";\" is not allowed in \"80;reboot\"; write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80",
      })
  void saysWhatIsWrongAndWhatHelps(String text, String message) {
    assertThatThrownBy(() -> PortRequest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8080:80\n-A INPUT", "80\r", "80\u0000", "80\u001b[2J", "8\u202e0", "٨٠"})
  void whatATerminalOrARuleFileWouldObeyIsRefusedOnOneLine(String text) {
    assertThatThrownBy(() -> PortRequest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e ->
            assertThat(e.getMessage())
                .doesNotContainPattern("[\\p{Cntrl}\u202e]")
                .startsWith("character \""));
  }

  @Test
  void aVeryLongTextIsCutInTheMessage() {
    assertThatThrownBy(() -> PortRequest.parse("9".repeat(100_000)))
        .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(400));
  }

  @Property
  void textIsReadBackAsTheSameRequest(@ForAll("requests") PortRequest request) {
    assertThat(PortRequest.parse(request.toString())).isEqualTo(request);
  }

  @Property
  void anyTextIsARequestOrARefusal(@ForAll String text) {
    try {
      assertThat(PortRequest.parse(text).containerPorts().first()).isPositive();
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageNotContaining("\n");
    }
  }

  @Test
  void severalHostPortsForOneContainerPortLeaveAChoice() {
    assertThat(PortRequest.parse("8000-8010:80").leavesChoice()).isTrue();
    assertThat(PortRequest.parse("80").leavesChoice()).isTrue();
    assertThat(PortRequest.parse("8000-8001:80-81").leavesChoice()).isFalse();
    assertThat(PortRequest.parse("127.0.0.1::80").onHostPorts(PortRange.of(32768)))
        .hasToString("127.0.0.1:32768:80");
  }

  @ParameterizedTest(name = "{0} and {1}:{2}: {3}")
  @CsvSource({
    "8080:80, 0.0.0.0, 8080, true",
    "8080:80, ::1, 8080, true",
    "8080:80, ::1, 8081, false",
    "8080:80/udp, ::1, 8080, false",
    "8080-8090:80-90, 127.0.0.1, 8090, true",
    "127.0.0.1:8080:80, 0.0.0.0, 8080, true",
    "0.0.0.0:8080:80, 127.0.0.1, 8080, true",
    "127.0.0.1:8080:80, 127.0.0.1, 8080, true",
    "127.0.0.1:8080:80, 192.0.2.1, 8080, false",
    "127.0.0.1:8080:80, ::, 8080, false",
    "80, 0.0.0.0, 80, false",
  })
  void aRequestIsInTheWayOfPortsThatTheKernelWouldNotBindBesideIt(
      String request, String address, int port, boolean isInTheWay) {
    HostPort other = new HostPort(Protocol.TCP, IpAddress.parse(address), port);

    assertThat(PortRequest.parse(request).isInTheWayOf(other)).isEqualTo(isInTheWay);
  }

  @Provide
  Arbitrary<PortRequest> requests() {
    Arbitrary<Protocol> protocols = Arbitraries.of(Protocol.values());
    Arbitrary<Optional<IpAddress>> addresses =
        Arbitraries.of("0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1")
            .map(IpAddress::parse)
            .optional();
    Arbitrary<Integer> starts = Arbitraries.integers().between(1, 65000);
    Arbitrary<Integer> sizes = Arbitraries.integers().between(1, 500);
    return Combinators.combine(protocols, addresses, starts.optional(), starts, sizes)
        .as((protocol, address, host, container, size) ->
            new PortRequest(
                protocol,
                address,
                host.map(first -> new PortRange(first, first + size - 1)),
                new PortRange(container, container + size - 1)));
  }
}
