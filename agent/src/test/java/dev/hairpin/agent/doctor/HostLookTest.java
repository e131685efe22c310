package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.docker.DockerHost;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.trace.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLookTest {
  @TempDir private Path root;

  /** What tools say; who isn't here isn't installed. */
  private final Map<String, Finished> tools = new ConcurrentHashMap<>();

  private final Set<Path> entered = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void aHost() throws IOException {
    file("proc/sys/net/ipv4/ip_forward", "1\n");
    file("proc/sys/net/ipv4/conf/all/rp_filter", "2\n");
    file("proc/sys/net/ipv4/conf/eth0.100/rp_filter", "0\n");
    namespace("self", "net:[1]");
    Look.SECTIONS.forEach((section, text) -> {
      if (!section.startsWith("inside")) {
        tools.put(section, new Finished(0, text, ""));
      }
    });
    tools.put("conntrack -L -f ipv4", new Finished(0, "tcp src=192.0.2.1 dst=192.0.2.2\n", ""));
    tools.put("conntrack -L -f ipv6", new Finished(0, "tcp src=fd00::1 dst=fd00::2\n", ""));
  }

  @Test
  void whatToolsPrintIsKeptUnderTheirNames() {
    Bundle bundle = look();

    assertThat(bundle.section("iptables-save")).contains(Look.SECTIONS.get("iptables-save"));
    assertThat(bundle.section("ip -j -d address show")).contains(Look.LINKS);
    assertThat(bundle.section("sysctl"))
        .contains(
            """
            net.ipv4.conf.all.rp_filter = 2
            net.ipv4.conf.eth0.100.rp_filter = 0
            net.ipv4.ip_forward = 1
            """);
    assertThat(bundle.section("conntrack -L").orElseThrow().lines()).hasSize(2);
    assertThat(bundle.section("hairpin troubles")).isEmpty();
  }

  @Test
  void aToolThatIsMissingOrFailsIsTrouble() {
    tools.remove("nft -j list ruleset");
    tools.put("ip -j neighbour show", new Finished(1, "", "Option \"-j\" is unknown\n"));

    assertThat(EvidenceReader.read(look()).troubles())
        .containsExactlyInAnyOrder(
            new Evidence.Trouble("nft -j list ruleset", "run nft: not found"),
            new Evidence.Trouble("ip -j neighbour show", "ip exited 1: Option \"-j\" is unknown"));
  }

  @Test
  void aDockerThatDoesNotAnswerIsTrouble() {
    Bundle bundle = look(Optional.of(new DockerHost(root.resolve("docker.sock"))), Set.of());

    assertThat(bundle.section("docker inspect")).isEmpty();
    assertThat(Look.troubled(EvidenceReader.read(bundle))).containsExactly("docker inspect");
  }

  @Test
  void legacyTablesAreReadOnlyWhereTheKernelHasSome() throws IOException {
    assertThat(look().section("iptables-legacy-save")).isEmpty();

    file("proc/thread-self/net/ip_tables_names", "filter\n");

    assertThat(look().section("iptables-legacy-save")).isPresent();
  }

  @Test
  void manyConnectionsOfUdpAreCutAndThatIsWorthKnowing() {
    tools.put(
        "conntrack -L -f ipv4",
        new Finished(0, "udp src=192.0.2.1 dst=192.0.2.2\n".repeat(30_000), ""));

    Evidence evidence = EvidenceReader.read(look());

    assertThat(evidence.connections().orElseThrow())
        .filteredOn(line -> line.startsWith("udp"))
        .hasSize(20_000);
    assertThat(evidence.troubles())
        .containsExactly(
            new Evidence.Trouble(
                "conntrack -L", "cut: these are the first 20000 of 30000", /* isOfPart= */ true));
  }

  @Test
  void ofManyOtherConnectionsSomeAreKept() {
    tools.put(
        "conntrack -L -f ipv4",
        new Finished(
            0,
            "tcp src=192.0.2.1 dst=192.0.2.2\n".repeat(300_000)
                + "udp src=192.0.2.1 dst=192.0.2.2\n",
            ""));

    Evidence evidence = EvidenceReader.read(look());

    assertThat(evidence.connections().orElseThrow())
        .hasSize(1_001)
        .filteredOn(line -> line.startsWith("udp"))
        .hasSize(1);
    assertThat(evidence.troubles()).isEmpty();
  }

  @Test
  void namespacesThatAreAskedForAreLookedInto() throws IOException {
    file("run/netns/a: b", "");

    Bundle bundle = look(Optional.empty(), Set.of("a: b", "none", "../.."));

    assertThat(entered).containsExactly(root.resolve("run/netns/a: b"));
    assertThat(EvidenceReader.read(bundle).insides()).containsOnlyKeys("a: b");
    assertThat(EvidenceReader.read(bundle).insides().get("a: b").listeners()).isPresent();
  }

  @Test
  void whereTheLibraryCanNotBeLoadedTheRestIsLookedAt() throws IOException {
    file("run/netns/ns1", "");

    Evidence evidence =
        EvidenceReader.read(
            look(
                Optional.empty(),
                Set.of("ns1"),
                namespace -> {
                  throw new UnsatisfiedLinkError("libjffi.so: failed to map segment");
                }));

    assertThat(evidence.troubles())
        .contains(
            new Evidence.Trouble(
                "inside ns1: ip -j -d address show",
                "load libc: java.lang.UnsatisfiedLinkError: libjffi.so: failed to map segment"));
    assertThat(evidence.tables()).containsKey(Family.IPV4);
  }

  @Test
  void interfacesAndRoutesWithinAreAskedForAtOnce() throws IOException {
    file("run/netns/ns1", "");
    String links = "[{\"ifname\":\"eth0\",\"mtu\":1500,\"flags\":[]}]\n";
    String routes = "[{\"type\":\"unicast\",\"dst\":\"default\",\"dev\":\"eth0\"}]\n";
    atOnce(new Finished(0, links + routes, ""));

    Bundle bundle = look(Optional.empty(), Set.of("ns1"));

    assertThat(bundle.section("inside ns1: ip -j -d address show")).contains(links);
    assertThat(bundle.section("inside ns1: ip -j -4 route show table main")).contains(routes);
    assertThat(bundle.section("inside ns1: ip -j -6 route show table main")).contains("[]\n");
    assertThat(routesOfNs1(EvidenceReader.read(bundle))).hasSize(1);
    assertThat(bundle.section("hairpin troubles")).isEmpty();
  }

  @Test
  void whereTheyCannotBeEachIsAskedForAloneAndSaysWhy() throws IOException {
    file("run/netns/ns1", "");
    String routes = "ip -j -4 route show table main";
    tools.put(routes, new Finished(2, "", "Error: ipv4: FIB table does not exist.\n"));
    atOnce(new Finished(1, Look.LINKS, "Command failed -:2\n"));

    Evidence evidence = EvidenceReader.read(look(Optional.empty(), Set.of("ns1")));

    assertThat(evidence.insides().get("ns1").wires()).containsKey("eth0");
    assertThat(Look.troubled(evidence)).containsExactly("inside ns1: " + routes, routes);
  }

  @Test
  void aLineThatIsMissingIsNotTakenForNoRoutes() throws IOException {
    file("run/netns/ns1", "");
    atOnce(new Finished(0, "[]\n", ""));

    Evidence evidence = EvidenceReader.read(look(Optional.empty(), Set.of("ns1")));

    assertThat(routesOfNs1(evidence)).isNotEmpty();
  }

  @Test
  void dockersProcessesAreThoseOfThisNamespace() throws IOException {
    process(7, "docker-proxy", "net:[1]", "docker-proxy\0-proto\0tcp\0");
    process(8, "docker-proxy", "net:[2]", "docker-proxy\0-proto\0udp\0");
    process(9, "nginx", "net:[1]", "nginx\0--password\0hunter2\0");

    assertThat(look().section("ps docker-proxy")).contains("7 docker-proxy -proto tcp\n");
  }

  @Test
  void theDaemonsSecretsAreNotKept() throws IOException {
    file("etc/docker/daemon.json", "{\"icc\": false, \"log-opts\": {\"token\": \"hunter2\"}}");
    process(5, "dockerd", "net:[1]", "dockerd\0--log-opt\0token=hunter2\0--iptables=false\0");

    Bundle bundle = look();

    assertThat(bundle.section("dockerd")).contains("dockerd --iptables=false\n");
    assertThat(bundle.section("daemon.json").orElseThrow()).contains("icc");
    assertThat(bundle.print()).doesNotContain("hunter2");
  }

  @Test
  void aFileOfTheDaemonsThatIsNotUnderstoodIsNotShown() throws IOException {
    file("etc/docker/daemon.json", "{\"token\": hunter2}");
    process(5, "dockerd", "net:[1]", "dockerd\0");

    assertThat(look().print()).doesNotContain("hunter2").contains("daemon.json\tread ");
  }

  @Test
  void theAgentsRecordIsKept() throws IOException {
    file("hairpin/applied.json", Look.RECORD);

    assertThat(EvidenceReader.read(look()).record()).isPresent();
  }

  /** What ip says of a namespace's interfaces and routes when it is asked for both. */
  private void atOnce(Finished said) {
    tools.put("ip -j -d -batch -address show\nroute show table main\n", said);
  }

  private static List<Host.Route> routesOfNs1(Evidence evidence) {
    return evidence.insides().get("ns1").networks().get(Family.IPV4).host().routes();
  }

  private Bundle look() {
    return look(Optional.empty(), Set.of());
  }

  private Bundle look(Optional<DockerHost> docker, Set<String> names) {
    return look(docker, names, entered::add);
  }

  private Bundle look(
      Optional<DockerHost> docker, Set<String> names, NamespaceLook.Entrance entrance) {
    return HostLook.look(
        commands(),
        entrance,
        root,
        new HostLook.Asked(
            docker, root.resolve("hairpin"), root.resolve("hairpin/control.sock"), names));
  }

  private CommandRunner commands() {
    return (argv, input, deadline) -> {
      Finished finished = tools.get(String.join(" ", argv) + input);
      if (finished == null) {
        throw new CommandException("run " + argv.getFirst() + ": not found", null);
      }
      return finished;
    };
  }

  private void process(int pid, String name, String namespace, String commandLine)
      throws IOException {
    file("proc/" + pid + "/comm", name + "\n");
    file("proc/" + pid + "/cmdline", commandLine);
    namespace(Integer.toString(pid), namespace);
  }

  private void namespace(String process, String namespace) throws IOException {
    file("proc/" + process + "/ns/" + namespace, "");
    Files.createSymbolicLink(root.resolve("proc/" + process + "/ns/net"), Path.of(namespace));
  }

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
