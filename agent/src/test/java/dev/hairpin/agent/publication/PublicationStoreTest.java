package dev.hairpin.agent.publication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicationStoreTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-20T10:11:12Z"), ZoneOffset.UTC);

  private static final Publisher.Named NS1 = new Publisher.Namespace("ns1");
  private static final Publisher.Named WEB = new Publisher.Container("7f3a", "web");

  @TempDir Path directory;

  @Test
  void whatWasPublishedIsThereAfterARestartInTheSameOrder() throws IOException {
    Path deep = directory.resolve("made/when/needed");
    PublicationStore store = PublicationStore.open(deep, CLOCK);
    store.add(publication("ns2", "[::1]:5353:53/udp"));
    store.add(publication("ns1", "8000-8009:9000-9009"));

    assertThat(PublicationStore.open(deep, CLOCK).list())
        .containsExactly(
            publication("ns2", "[::1]:5353:53/udp"), publication("ns1", "8000-8009:9000-9009"));
  }

  @Test
  void theFileIsForPeopleToReadAndForTheOwnerAlone() throws IOException {
    PublicationStore store = open();
    store.add(publication("ns1", "3000:3000"));
    store.add(new Publication(WEB, PortRequest.parse("9090:90")));

    assertThat(file())
        .content()
        .isEqualTo(
            """
            {
              "format" : 2,
              "publications" : [ {
                "namespace" : "ns1",
                "port" : "3000:3000"
              }, {
                "container" : "web",
                "id" : "7f3a",
                "port" : "9090:90"
              } ]
            }\
            """);
    assertThat(Files.getPosixFilePermissions(file()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(namesIn(directory)).containsExactly("publications.json");
  }

  @Test
  void whatAnEarlierVersionKeptIsStillPublished() throws IOException {
    Files.writeString(
        file(),
        """
        {"format": 1, "publications": [
          {"namespace": "ns1", "port": "3000:3000", "proxyProtocol": "v1"}]}
        """);

    PublicationStore store = open();
    store.add(new Publication(WEB, PortRequest.parse("9090:90")));

    assertThat(store.problems()).isEmpty();
    assertThat(open().list())
        .containsExactly(
            new Publication(NS1, PortRequest.parse("3000:3000"), ProxyHeader.V1),
            new Publication(WEB, PortRequest.parse("9090:90")));
  }

  @Test
  void aLeftoverOfAnInterruptedWriteIsNoObstacle() throws IOException {
    Files.writeString(directory.resolve("publications.json.new"), "{ half");

    open().add(publication("ns1", "3000:3000"));

    assertThat(open().list()).containsExactly(publication("ns1", "3000:3000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"format\": 3, \"publications\": []}",
        "{\"format\": 0, \"publications\": []}",
        "{\"format\": 1}",
        "{\"publications\": []}",
        "{\"format\": 1, \"publications\": []} trailing",
        "\u0000\u0000\u0000"
      })
  void aBrokenFileIsReportedAndSetAside(String content) throws IOException {
    Files.writeString(file(), content);

    PublicationStore store = open();

    Path aside = directory.resolve("publications.json.broken-20261120T101112");
    assertThat(aside).hasContent(content);
    assertThat(store.list()).isEmpty();
    assertThat(store.problems())
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.toString())
                .startsWith("read " + file() + ": ")
                .contains(aside.toString())
                .doesNotContain("\n"));
  }

  @Test
  void oneBadEntryDoesNotTakeTheOthersAlong() throws IOException {
    Files.writeString(
        file(),
        """
        {"format": 1, "publications": [
          {"namespace": "ns1", "port": "3000:3000"},
          {"namespace": "../etc", "port": "3001:3001"},
          {"namespace": "ns1", "port": "80 -j ACCEPT"},
          {"namespace": "ns1"},
          {"port": "3002:3002"},
          {"container": "web", "port": "3003:3003"}]}
        """);

    PublicationStore store = open();

    assertThat(store.list()).containsExactly(publication("ns1", "3000:3000"));
    assertThat(store.problems()).hasSize(1);
    assertThat(namesIn(directory))
        .containsExactly("publications.json", "publications.json.broken-20261120T101112");
    assertThat(open().problems()).isEmpty();
    assertThat(open().list()).containsExactly(publication("ns1", "3000:3000"));
  }

  @Test
  void asecondBrokenFileOfTheSameSecondDoesNotReplaceTheFirst() throws IOException {
    Files.writeString(file(), "first");
    open();
    Files.writeString(file(), "second");
    open();

    assertThat(directory.resolve("publications.json.broken-20261120T101112")).hasContent("first");
    assertThat(directory.resolve("publications.json.broken-20261120T101112-2"))
        .hasContent("second");
  }

  @ParameterizedTest(name = "{0} beside {1}")
  @CsvSource({
    "3000:3000, 3000:80",
    "3000:3000, 127.0.0.1:3000:80",
    "127.0.0.1:3000:80, 3000:80",
    "0.0.0.0:3000:80, 127.0.0.1:3000:80",
    "3000-3010:80-90, 3010-3011:80-81",
    "[::]:53:53/udp, 53:53/udp",
  })
  void aHostPortIsPublishedOnce(String first, String second) throws IOException {
    PublicationStore store = open();
    store.add(publication("ns1", first));

    assertThatThrownBy(() -> store.add(publication("ns2", second)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "publish %s for namespace \"ns2\": port is already allocated: namespace \"ns1\" has %s;"
                + " unpublish it first, or choose another host port",
            second, first);
    assertThat(store.list()).hasSize(1);
  }

  @ParameterizedTest(name = "{0} beside {1}")
  @CsvSource({
    "3000:3000, 3000:3000/udp",
    "3000:3000, 3001:3000",
    "127.0.0.1:3000:80, 192.0.2.1:3000:80",
    "0.0.0.0:3000:80, [::]:3000:80",
  })
  void differentHostPortsLiveSideBySide(String first, String second) throws IOException {
    PublicationStore store = open();
    store.add(publication("ns1", first));
    store.add(publication("ns1", second));

    assertThat(store.list()).hasSize(2);
  }

  @Test
  void removingNamesAPublicationOrTheOnlyOneOfAContainerPort() throws IOException {
    PublicationStore store = open();
    store.add(publication("ns1", "3000:80"));
    store.add(publication("ns1", "127.0.0.1:3001:80"));
    store.add(publication("ns2", "3002:80"));
    store.add(publication("ns1", "3003:81"));

    assertThat(store.remove(NS1::equals, PortRequest.parse("3000:81"))).isEmpty();
    assertThat(store.remove(NS1::equals, PortRequest.parse("81")))
        .contains(publication("ns1", "3003:81"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.remove(NS1::equals, PortRequest.parse("80")))
        .withMessage(
            "unpublish 80: that may be 3000:80 of namespace \"ns1\" or 127.0.0.1:3001:80 of"
                + " namespace \"ns1\"; name the host port");
    assertThat(store.remove(NS1::equals, PortRequest.parse("3000:80"))).isPresent();
    assertThat(open().list())
        .containsExactly(publication("ns1", "127.0.0.1:3001:80"), publication("ns2", "3002:80"));
  }

  @Test
  void theHeaderIsKeptToo() throws IOException {
    Publication told = new Publication(NS1, PortRequest.parse("3000:3000"), ProxyHeader.V2);
    open().add(told);

    assertThat(open().list()).containsExactly(told);
    Files.writeString(file(), Files.readString(file()).replace("\"v2\"", "\"v3\""));
    assertThat(open().problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).startsWith("PROXY protocol \"v3\""));
  }

  @Test
  void whatWasChosenForANameIsKeptForIt() throws IOException {
    PublicationStore store = open();
    store.keep("web", PortRequest.parse("127.0.0.1::80"), PortRange.of(32768));
    store.keep("web", PortRequest.parse("90-91"), new PortRange(32770, 32771));
    store.add(publication("ns1", "3000:3000"));

    PublicationStore next = open();
    assertThat(next.problems()).isEmpty();
    assertThat(next.keptFor("web", PortRequest.parse("127.0.0.1::80")))
        .contains(PortRange.of(32768));
    assertThat(next.keptFor("web", PortRequest.parse("90-91")))
        .contains(new PortRange(32770, 32771));
    assertThat(next.keptFor("web", PortRequest.parse("80"))).isEmpty();
    assertThat(next.keptFor("www", PortRequest.parse("90-91"))).isEmpty();
    assertThat(next.isKept(port("127.0.0.1", 32768))).isTrue();
    assertThat(next.isKept(port("0.0.0.0", 32768))).isTrue();
    assertThat(next.isKept(port("::", 32768))).isFalse();
    assertThat(next.isKept(port("::", 32771))).isTrue();
    assertThat(next.isKept(port("::", 32772))).isFalse();
  }

  @Test
  void theNamesThatNobodyAskedForLongestAreForgottenOnceTheyAreMany() throws IOException {
    PortRequest request = PortRequest.parse("80");
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      kept.append(i == 0 ? "" : ",")
          .append("{'container':'c%d','asked':'80','published':'%d:80'}".formatted(i, 40000 + i));
    }
    Files.writeString(
        file(), "{'format':2,'publications':[],'kept':[%s]}".formatted(kept).replace('\'', '"'));

    PublicationStore store = open();
    assertThat(store.keptFor("c0", request)).isPresent();
    store.keep("web", request, PortRange.of(32768));

    for (PublicationStore each : List.of(store, open())) {
      assertThat(each.keptFor("c0", request)).contains(PortRange.of(40000));
      assertThat(each.keptFor("c1", request)).isEmpty();
      assertThat(each.keptFor("c999", request)).contains(PortRange.of(40999));
      assertThat(each.keptFor("web", request)).contains(PortRange.of(32768));
    }
  }

  @Test
  void aKeptPortThatCannotBeUnderstoodIsReported() throws IOException {
    Files.writeString(
        file(),
        """
        {"format": 2, "publications": [], "kept": [
          {"container": "a", "asked": "80", "published": "32768:80"},
          {"container": "b", "asked": "80", "published": "80"},
          {"container": "c", "asked": "80-81", "published": "32769:80"},
          {"asked": "80", "published": "32770:80"}]}
        """);

    PublicationStore store = open();
    assertThat(store.keptFor("a", PortRequest.parse("80"))).contains(PortRange.of(32768));
    assertThat(store.problems())
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.text())
                .contains("kept port \"80\" has no host port")
                .contains("differ in number")
                .contains("a kept port lacks its container"));
  }

  private static HostPort port(String address, int port) {
    return new HostPort(Protocol.TCP, IpAddress.parse(address), port);
  }

  @Test
  void datagramsAreNotPublishedWithAHeader() {
    assertThatThrownBy(() -> new Publication(NS1, PortRequest.parse("53:53/udp"), ProxyHeader.V1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "publish 53:53/udp: the PROXY protocol is for TCP only; leave --proxy-protocol out");
  }

  @Test
  void whatCouldNotBeWrittenIsNotAdded() throws IOException {
    PublicationStore store = open();
    Files.createDirectories(directory.resolve("publications.json.new/in-the-way"));

    assertThatThrownBy(() -> store.add(publication("ns1", "3000:3000")))
        .isInstanceOf(IOException.class);
    assertThat(store.list()).isEmpty();
  }

  private PublicationStore open() throws IOException {
    return PublicationStore.open(directory, CLOCK);
  }

  private Path file() {
    return directory.resolve("publications.json");
  }

  private static List<String> namesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static Publication publication(String namespace, String request) {
    return new Publication(new Publisher.Namespace(namespace), PortRequest.parse(request));
  }
}
