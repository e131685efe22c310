package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KnownContainersTest {
  private static final Publisher.Container WEB = new Publisher.Container("7f3a11", "web");
  private static final Publisher.Container DB = new Publisher.Container("7f99", "db");

  /** One whose name is the beginning of another's id. */
  private static final Publisher.Container ODD = new Publisher.Container("aa01", "7f9");

  @Test
  void aContainerIsCalledByItsIdItsNameOrTheBeginningOfItsId() {
    assertThat(called("7f3a11")).containsExactly(WEB);
    assertThat(called("web")).containsExactly(WEB);
    assertThat(called("7f3")).containsExactly(WEB);
    assertThat(called("7f")).containsExactly(WEB, DB);
    assertThat(called("7f9")).as("a name is more than the beginning of an id").containsExactly(ODD);
    assertThat(called("")).isEmpty();
    assertThat(called("we")).isEmpty();
  }

  @Test
  void aPortIsPublishedToWhereItsContainerIsNow() {
    KnownContainers.Published published =
        known(running(WEB, "172.17.0.9"))
            .published(
                List.of(
                    new Publication(WEB, PortRequest.parse("9090:90"), ProxyHeader.V2),
                    new Publication(new Publisher.Namespace("web"), PortRequest.parse("9091:91"))));

    assertThat(published.bindings())
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:9090/tcp -> 172.17.0.9:90", "[::]:9090/tcp -> 172.17.0.9:90");
    assertThat(published.bindings())
        .allSatisfy(binding -> {
          assertThat(binding.publisher()).isEqualTo(WEB);
          assertThat(binding.header()).isEqualTo(ProxyHeader.V2);
        });
    assertThat(published.problems()).isEmpty();
  }

  @Test
  void aContainerThatIsMadeAnewKeepsThePortsOfItsName() {
    Publisher.Container next = new Publisher.Container("bb02", "web");
    Publisher.Container renamed = new Publisher.Container(WEB.id(), "web-old");

    assertThat(publishers(known(running(renamed, "172.17.0.2"), running(next, "172.17.0.3"))))
        .containsOnly(next);
  }

  @Test
  void aContainerThatIsRenamedKeepsItsPortsWhileNoOtherHasItsName() {
    Publisher.Container renamed = new Publisher.Container(WEB.id(), "www");

    assertThat(publishers(known(running(renamed, "172.17.0.2")))).containsOnly(renamed);
  }

  @Test
  void aContainerThatIsGoneIsOneProblemForAllItsPorts() {
    KnownContainers.Published published =
        known()
            .published(
                List.of(
                    new Publication(WEB, PortRequest.parse("9090:90")),
                    new Publication(WEB, PortRequest.parse("9091:91"))));

    assertThat(published.bindings()).isEmpty();
    assertThat(published.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "container \"web\": does not exist; its ports are published when there is one of this name, and"
                + " taken back with hairpin unpublish");
  }

  @ParameterizedTest
  @EnumSource(Unreachable.class)
  void aContainerThatCannotBeReachedIsAProblem(Unreachable why) {
    KnownContainers.Published published =
        known(DockerContainer.not(WEB, why))
            .published(List.of(new Publication(WEB, PortRequest.parse("9090:90"))));

    assertThat(published.bindings()).isEmpty();
    assertThat(published.problems()).containsExactly(new Problem("container \"web\"", why.text()));
  }

  /** Such as somebody may write into the file by hand. */
  @Test
  void aPortThatIsStillToBeChosenIsAProblem() {
    assertThat(
            known(running(WEB, "172.17.0.2"))
                .published(List.of(new Publication(WEB, PortRequest.parse("90"))))
                .problems())
        .containsExactly(new Problem("web 90", "its host port is not chosen yet"));
  }

  private static List<Publisher.Container> called(String name) {
    return known(
            DockerContainer.not(WEB, Unreachable.NOT_RUNNING),
            running(DB, "172.17.0.3"),
            running(ODD, "172.17.0.4"))
        .called(name)
        .stream()
        .map(DockerContainer::publisher)
        .toList();
  }

  private static List<Publisher> publishers(KnownContainers known) {
    return known
        .published(List.of(new Publication(WEB, PortRequest.parse("9090:90"))))
        .bindings()
        .stream()
        .map(PortBinding::publisher)
        .toList();
  }

  private static KnownContainers known(DockerContainer... containers) {
    return new KnownContainers(List.of(containers));
  }

  private static DockerContainer running(Publisher.Container container, String address) {
    return DockerContainer.at(
        new Endpoint(container, Optional.of(IpAddress.parse(address)), Optional.empty()),
        container);
  }
}
