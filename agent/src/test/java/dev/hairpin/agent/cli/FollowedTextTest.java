package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.cli.LiveTrace.Followed;
import dev.hairpin.agent.tracing.PacketHeader;
import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.Connection;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A client 192.0.2.2 asks 192.0.2.1 for port 8080, which is published for 172.17.0.2:80. */
class FollowedTextTest {
  private static final IpAddress CLIENT = IpAddress.parse("192.0.2.2");
  private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
  private static final IpAddress CONTAINER = IpAddress.parse("172.17.0.2");
  private static final IpAddress GATEWAY = IpAddress.parse("172.17.0.1");
  private static final Tables TABLES =
      IptablesText.parse(
          Family.IPV4,
          """
          *nat
          :PREROUTING ACCEPT
          :INPUT ACCEPT
          :OUTPUT ACCEPT
          :POSTROUTING ACCEPT
          -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
          COMMIT
          """);

  private final StringWriter text = new StringWriter();

  @Test
  void aPacketIsShownHopByHopWithWhatTheKernelRemembers() {
    print(
        published(ProxyHeader.NONE), /* coloured= */ false, followed(syn(), Optional.of(entry())));

    assertThat(text)
        .hasToString(
            """
            HOOK         TABLE  IN   → OUT      SOURCE          → DESTINATION

            SYN  192.0.2.2:40000 → 192.0.2.1:8080  +0.0 ms  in ns1
            PREROUTING   nat    eth0 →          192.0.2.2:40000 → 192.0.2.1:8080
              nat PREROUTING 1: -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
                                                                → 172.17.0.2:80
            POSTROUTING  nat    eth0 → docker0  192.0.2.2:40000 → 172.17.0.2:80
            => leaves by docker0 for 172.17.0.2:80
            conntrack  asked     192.0.2.2:40000 → 192.0.2.1:8080  ESTABLISHED
                       answered  172.17.0.2:80 → 192.0.2.2:40000
            Later packets and answers are translated by this entry; no nat chain is asked
            again.
            """);
  }

  @Test
  void onATerminalThePacketAndWhatChangesHaveColours() {
    print(published(ProxyHeader.NONE), /* coloured= */ true, followed(syn(), Optional.empty()));

    assertThat(text.toString())
        .contains("\n\u001b[35mSYN  192.0.2.2:40000 → 192.0.2.1:8080  +0.0 ms  in ns1\u001b[0m\n")
        .contains(" → \u001b[1m172.17.0.2:80\u001b[0m\n");
  }

  @Test
  void bothHalvesOfAProxiedConnectionAreJoined() {
    print(
        published(ProxyHeader.NONE),
        /* coloured= */ false,
        followed(toProxy(), Optional.empty()),
        followed(ofProxy(), Optional.empty()));

    assertThat(text.toString())
        .endsWith(
            """
            SYN  172.17.0.1:40000 → 172.17.0.2:80  +0.0 ms  in ns1
            => leaves by docker0 for 172.17.0.2:80
            proxied    client → proxy     192.0.2.1:40000 → 192.0.2.1:8080
                       proxy → container  172.17.0.1:40000 → 172.17.0.2:80
            The client's address is lost here: container web sees 172.17.0.1 ask.
            """);
  }

  @Test
  void withAHeaderOfThePROXYProtocolTheAddressIsNotLost() {
    print(
        published(ProxyHeader.V2),
        /* coloured= */ false,
        followed(toProxy(), Optional.empty()),
        followed(ofProxy(), Optional.empty()));

    assertThat(text.toString())
        .endsWith(
            """
            container web sees 172.17.0.1 ask; the PROXY protocol's header tells it the
            client's address.
            """)
        .doesNotContain("lost");
  }

  /** Whoever asks the container without the proxy is nobody's other half. */
  @Test
  void aConnectionThatNobodyHasAskedTheProxyForStandsAlone() {
    print(
        published(ProxyHeader.NONE), /* coloured= */ false, followed(ofProxy(), Optional.empty()));

    assertThat(text.toString()).doesNotContain("proxied");
  }

  @Test
  void inTraditionalChineseItIsToldAlike() {
    print(
        Language.TRADITIONAL_CHINESE,
        published(ProxyHeader.NONE),
        followed(syn(), Optional.of(entry())),
        followed(toProxy(), Optional.empty()),
        followed(ofProxy(), Optional.empty()));

    assertThat(text)
        .hasToString(
            """
            HOOK         TABLE  進   → 出       來源            → 目的地

            SYN  192.0.2.2:40000 → 192.0.2.1:8080  +0.0 ms  在 ns1
            PREROUTING   nat    eth0 →          192.0.2.2:40000 → 192.0.2.1:8080
              nat PREROUTING 1: -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
                                                                → 172.17.0.2:80
            POSTROUTING  nat    eth0 → docker0  192.0.2.2:40000 → 172.17.0.2:80
            => 從 docker0 送往 172.17.0.2:80
            conntrack  去程  192.0.2.2:40000 → 192.0.2.1:8080  ESTABLISHED
                       回程  172.17.0.2:80 → 192.0.2.2:40000
            之後的封包和回應都照這筆紀錄轉換位址，不會再問 nat 的鏈。

            SYN  192.0.2.1:40000 → 192.0.2.1:8080  +0.0 ms  在 ns1
            => 送到本機：由監聽 192.0.2.1:8080 的程式收下

            SYN  172.17.0.1:40000 → 172.17.0.2:80  +0.0 ms  在 ns1
            => 從 docker0 送往 172.17.0.2:80
            proxy      用戶端 → proxy  192.0.2.1:40000 → 192.0.2.1:8080
                       proxy → 容器    172.17.0.1:40000 → 172.17.0.2:80
            用戶端的位址到這裡就看不到了：容器 web 看到的來源是 172.17.0.1。
            """);
  }

  @Test
  void inSimplifiedChineseItIsToldAlike() {
    print(
        Language.SIMPLIFIED_CHINESE,
        published(ProxyHeader.V2),
        followed(syn(), Optional.of(entry())),
        followed(toProxy(), Optional.empty()),
        followed(ofProxy(), Optional.empty()));

    assertThat(text)
        .hasToString(
            """
            HOOK         TABLE  进   → 出       来源            → 目的地

            SYN  192.0.2.2:40000 → 192.0.2.1:8080  +0.0 ms  在 ns1
            PREROUTING   nat    eth0 →          192.0.2.2:40000 → 192.0.2.1:8080
              nat PREROUTING 1: -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
                                                                → 172.17.0.2:80
            POSTROUTING  nat    eth0 → docker0  192.0.2.2:40000 → 172.17.0.2:80
            => 从 docker0 发往 172.17.0.2:80
            conntrack  去程  192.0.2.2:40000 → 192.0.2.1:8080  ESTABLISHED
                       回程  172.17.0.2:80 → 192.0.2.2:40000
            之后的数据包和响应都按这条记录转换地址，不会再问 nat 的链。

            SYN  192.0.2.1:40000 → 192.0.2.1:8080  +0.0 ms  在 ns1
            => 发给本机：由监听 192.0.2.1:8080 的程序收下

            SYN  172.17.0.1:40000 → 172.17.0.2:80  +0.0 ms  在 ns1
            => 从 docker0 发往 172.17.0.2:80
            proxy      客户端 → proxy  192.0.2.1:40000 → 192.0.2.1:8080
                       proxy → 容器    172.17.0.1:40000 → 172.17.0.2:80
            容器 web 看到的来源是 172.17.0.1；PROXY protocol 的头部会告诉它客户端的地址。
            """);
  }

  private void print(Language language, PortBinding published, Followed... packets) {
    print(language, published, /* coloured= */ false, packets);
  }

  private void print(PortBinding published, boolean coloured, Followed... packets) {
    print(Language.ENGLISH, published, coloured, packets);
  }

  private void print(
      Language language, PortBinding published, boolean coloured, Followed... packets) {
    KnownHost host =
        new KnownHost(
            TABLES, Surveyed.of(Family.IPV4, "[]", "[]"), List.of(published), List.of(published));
    PrintWriter out = new PrintWriter(text);
    new FollowedText(out, language, host, Optional.of("ns1"), new Paint(coloured))
        .print(List.of(packets));
  }

  private static PortBinding published(ProxyHeader header) {
    return new PortBinding(
        new HostPort(Protocol.TCP, HOST, 8080),
        CONTAINER,
        80,
        new Publisher.Container("1111", "web"),
        "8080:80",
        header);
  }

  private static Followed followed(TracedPacket packet, Optional<Connection> connection) {
    return new Followed(packet, connection);
  }

  private static TracedPacket syn() {
    Packet packet = Packet.arriving("eth0", Protocol.TCP, CLIENT, HOST, 8080);
    Packet translated = Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 80);
    Place prerouting = new Place.Iptables(Table.NAT, "PREROUTING");
    return traced(
        packet,
        new Trace(
            List.of(
                new Hop(
                    Hook.PREROUTING,
                    Optional.of(prerouting),
                    "eth0",
                    "",
                    packet,
                    translated,
                    List.of(
                        new Trace.Step(
                            prerouting,
                            1,
                            TABLES.rules(Table.NAT, "PREROUTING").getFirst(),
                            Optional.empty()))),
                new Hop(
                    Hook.POSTROUTING,
                    Optional.of(new Place.Iptables(Table.NAT, "POSTROUTING")),
                    "eth0",
                    "docker0",
                    translated,
                    translated,
                    List.of())),
            new Trace.Verdict.Forwarded(CONTAINER, 80, "docker0"),
            translated));
  }

  private static TracedPacket toProxy() {
    Packet packet = Packet.sent(Protocol.TCP, HOST, HOST, 8080);
    return traced(packet, new Trace(List.of(), new Trace.Verdict.Delivered(HOST, 8080), packet));
  }

  private static TracedPacket ofProxy() {
    Packet packet = Packet.sent(Protocol.TCP, GATEWAY, CONTAINER, 80);
    return traced(
        packet,
        new Trace(List.of(), new Trace.Verdict.Forwarded(CONTAINER, 80, "docker0"), packet));
  }

  private static TracedPacket traced(Packet packet, Trace trace) {
    return new TracedPacket(
        new PacketHeader(
            packet.source(),
            packet.destination(),
            6,
            60,
            64,
            new Content.Segment(
                Protocol.TCP, 40000, packet.destinationPort(), Set.of(TcpFlag.SYN))),
        packet,
        0,
        trace);
  }

  private static Connection entry() {
    return new Connection(
        Optional.of("ESTABLISHED"),
        new Connection.Ends(CLIENT, 40000, HOST, 8080),
        new Connection.Ends(CONTAINER, 80, CLIENT, 40000),
        /* isAnswered= */ true);
  }
}
