package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.C2;
import static dev.hairpin.agent.reconcile.World.C2_ADDRESS;
import static dev.hairpin.agent.reconcile.World.DOCKER0;
import static dev.hairpin.agent.reconcile.World.DOCKER1;
import static dev.hairpin.agent.reconcile.World.NS1;
import static dev.hairpin.agent.reconcile.World.NS1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.binding;
import static dev.hairpin.agent.reconcile.World.claim;
import static dev.hairpin.agent.reconcile.World.tcp;
import static dev.hairpin.agent.reconcile.World.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DesiredStatesTest {
  private static final PortBinding C1_8080 = tcp(8080, C1_ADDRESS, 80, C1);
  private static final PortBinding NS1_3000 = tcp(3000, NS1_ADDRESS, 3000, NS1);
  private static final NetnsSnapshot NO_NAMESPACES =
      new NetnsSnapshot(List.of(), List.of(), List.of());

  @Test
  void whatDockerdIsAboutToPublishComesLast() {
    PortBinding coming = tcp(8081, C2_ADDRESS, 80, C2);
    Wanted wanted =
        DesiredStates.merge(
            published(C1_8080), namespaces(NS1_3000), List.of(claim(7, coming)), Standing.REPLACE);

    assertThat(wanted.bindings())
        .containsExactly(C1_8080, NS1_3000, claim(7, coming).binding().with(ProxyHeader.NONE));
    assertThat(wanted.ours()).containsExactly(NS1_3000);
    assertThat(wanted.problems()).isEmpty();
  }

  @Test
  void aClaimThatDockerShowsIsTheContainers() {
    Wanted wanted =
        DesiredStates.merge(
            published(C1_8080), NO_NAMESPACES, List.of(claim(7, C1_8080)), Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(C1_8080);
  }

  @Test
  void portsAreInTheOrderInWhichDockerdStartedTheirStandIns() {
    PortBinding c1 = tcp(8081, C1_ADDRESS, 81, C1);
    PortBinding c2 = tcp(8082, C2_ADDRESS, 80, C2);
    PortBinding ending = tcp(8083, C2_ADDRESS, 83, C2);
    Wanted wanted =
        DesiredStates.merge(
            published(C1_8080, c1, ending, c2),
            NO_NAMESPACES,
            List.of(claim(7, c2), claim(8, c1), claim(9, C1_8080)),
            Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(c2, c1, ending, C1_8080);
  }

  @Test
  void aLivingStandInKnowsBetterThanAnOldListWhereItsPortGoes() {
    Claim moved = claim(7, tcp(8080, C2_ADDRESS, 80, C2));
    Wanted wanted =
        DesiredStates.merge(published(C1_8080), NO_NAMESPACES, List.of(moved), Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(moved.binding().with(ProxyHeader.NONE));
    assertThat(wanted.problems()).isEmpty();
  }

  @Test
  void twoPublishersOfOnePortAreAProblemThatNamesBoth() {
    PortBinding late = tcp(8080, NS1_ADDRESS, 80, NS1);
    Wanted wanted =
        DesiredStates.merge(published(C1_8080), namespaces(late), List.of(), Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(C1_8080);
    assertThat(wanted.ours()).isEmpty();
    assertThat(wanted.problems())
        .singleElement()
        .asString()
        .contains("namespace ns1")
        .contains("container c1");
  }

  /** Taking it for ours would have us open a port that dockerd's stand-in holds. */
  @Test
  void whatDockerdHasPublishedIsNotOursAsWell() {
    DockerSnapshot docker =
        DockerSnapshot.of(List.of(DOCKER0), List.of(C1_8080), List.of(C1_8080), List.of());
    Wanted wanted = DesiredStates.merge(docker, NO_NAMESPACES, List.of(), Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(C1_8080);
    assertThat(wanted.ours()).isEmpty();
    assertThat(wanted.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "publish 0.0.0.0:8080/tcp for container c1: port is already allocated: container c1 has"
                + " 0.0.0.0:8080/tcp");
  }

  @Test
  void aWildcardTakesThePortOnEveryAddressOfItsFamilyOnly() {
    PortBinding specific = binding(Protocol.TCP, "127.0.0.1", 8080, NS1_ADDRESS, 80, NS1);
    PortBinding other = binding(Protocol.TCP, "::1", 8080, NS1_ADDRESS, 80, NS1);
    PortBinding datagrams = binding(Protocol.UDP, "127.0.0.1", 8080, NS1_ADDRESS, 80, NS1);
    Wanted wanted =
        DesiredStates.merge(
            published(C1_8080),
            namespaces(specific, other, datagrams),
            List.of(),
            Standing.REPLACE);

    assertThat(wanted.bindings()).containsExactly(C1_8080, other, datagrams);
    assertThat(wanted.problems()).hasSize(1);
  }

  @Test
  void twoAddressesOfTheHostMayHaveTheSamePort() {
    PortBinding one = binding(Protocol.TCP, "127.0.0.1", 80, NS1_ADDRESS, 80, NS1);
    PortBinding two = binding(Protocol.TCP, "192.0.2.1", 80, NS1_ADDRESS, 80, NS1);

    assertThat(
            DesiredStates.merge(
                    DockerSnapshot.EMPTY, namespaces(one, two), List.of(), Standing.REPLACE)
                .bindings())
        .containsExactly(one, two);
  }

  @Test
  void aBridgeIsNamedOnceAndDockersNameWins() {
    NetnsSnapshot onDocker0 =
        new NetnsSnapshot(
            List.of(BridgeNetwork.of("docker0", "docker0", DOCKER0.subnets().getFirst()), DOCKER1),
            List.of(),
            List.of());

    assertThat(DesiredStates.merge(published(), onDocker0, List.of(), Standing.REPLACE).networks())
        .containsExactly(DOCKER0, DOCKER1);
  }

  @Test
  void besideDockerdOnlyLabelsAndNamespacesAreOurs() {
    PortBinding labelled = tcp(9090, C2_ADDRESS, 80, C2);
    DockerSnapshot docker =
        DockerSnapshot.of(List.of(DOCKER0), List.of(C1_8080), List.of(labelled), List.of());
    Wanted wanted =
        DesiredStates.merge(
            docker,
            namespaces(NS1_3000),
            List.of(claim(7, tcp(1, C1_ADDRESS, 1, new Publisher.StandIn(7)))),
            Standing.BESIDE);

    assertThat(wanted.bindings()).containsExactly(labelled, NS1_3000);
    assertThat(wanted.ours()).containsExactly(labelled, NS1_3000);
  }

  @Test
  void aStandInHasTheHeaderThatItsContainerIsLabelledWith() {
    PortBinding labelled = C1_8080.with(ProxyHeader.V2);
    Wanted wanted =
        DesiredStates.merge(
            published(labelled), NO_NAMESPACES, List.of(claim(7, C1_8080)), Standing.REPLACE);

    assertThat(wanted.standIns()).containsExactly(labelled);
    assertThat(wanted.bindings()).containsExactly(labelled);
  }

  @Test
  void nobodyCarriesToAStandInWhileALabelledContainerIsAboutToStart() {
    PortBinding coming = tcp(8081, C2_ADDRESS, 80, C2);
    PortBinding datagrams = udp(8081, C2_ADDRESS, 53, C2);
    List<Claim> claims = List.of(claim(7, coming), claim(8, datagrams));
    DockerSnapshot labelled = published(C1_8080).withHeadersToCome(true);

    assertThat(headers(DesiredStates.merge(labelled, NO_NAMESPACES, claims, Standing.REPLACE)))
        .containsExactly(ProxyHeader.UNDECIDED, ProxyHeader.NONE);
    assertThat(headers(DesiredStates.merge(published(), NO_NAMESPACES, claims, Standing.REPLACE)))
        .containsOnly(ProxyHeader.NONE);
    assertThat(headers(DesiredStates.merge(labelled, NO_NAMESPACES, claims, Standing.BESIDE)))
        .containsOnly(ProxyHeader.NONE);
  }

  private static List<ProxyHeader> headers(Wanted wanted) {
    return wanted.standIns().stream().map(PortBinding::header).toList();
  }

  @Test
  void aHeaderOnWhatDockerdCarriesItselfIsAProblem() {
    assertThat(
            DesiredStates.merge(
                    published(C1_8080.with(ProxyHeader.V1)),
                    NO_NAMESPACES,
                    List.of(),
                    Standing.BESIDE)
                .problems())
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.toString())
                .startsWith(
                    "label hairpin.proxy-protocol of container c1: 0.0.0.0:8080/tcp is dockerd's"));
  }

  /** Layouts from 28 on keep others from addressing members directly. */
  @Test
  void whoeverPublishesIsAMember() {
    Member c1 = new Member(C1, "docker0", List.of(C1_8080.containerAddress()));
    DockerSnapshot docker =
        new DockerSnapshot(
            List.of(DOCKER0),
            List.of(c1),
            List.of(C1_8080),
            List.of(),
            List.of(),
            Set.of(),
            List.of(),
            /* headersToCome= */ false,
            List.of(),
            Map.of(),
            List.of());
    PortBinding coming = tcp(9090, C2_ADDRESS, 80, C2);

    Wanted wanted =
        DesiredStates.merge(
            docker,
            namespaces(tcp(3000, NS1_ADDRESS, 3000, NS1), tcp(3001, NS1_ADDRESS, 3001, NS1)),
            List.of(claim(42, coming)),
            Standing.REPLACE);

    assertThat(wanted.members())
        .extracting(member -> member.bridge() + " " + member.addresses())
        .containsExactly(
            "docker0 [" + C1_ADDRESS + "]",
            "docker0 [" + C2_ADDRESS + "]",
            "docker1 [" + NS1_ADDRESS + "]");
  }

  private static DockerSnapshot published(PortBinding... bindings) {
    return DockerSnapshot.of(List.of(DOCKER0), List.of(bindings), List.of(), List.of());
  }

  private static NetnsSnapshot namespaces(PortBinding... bindings) {
    return new NetnsSnapshot(List.of(DOCKER1), List.of(bindings), List.of());
  }
}
