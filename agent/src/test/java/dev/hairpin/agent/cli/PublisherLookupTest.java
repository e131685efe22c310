package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.agent.docker.DockerContainer;
import dev.hairpin.agent.docker.KnownContainers;
import dev.hairpin.agent.docker.Unreachable;
import dev.hairpin.agent.publication.PublisherName;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The containers web (7f3a), db (7f99), both (b0), sidecar and proxied; the namespaces ns1, both,
 * 7f3.
 */
class PublisherLookupTest {
  private static final PublisherLookup LOOKUP =
      new PublisherLookup(
          Optional.of(
              new KnownContainers(
                  List.of(
                      stopped("7f3a", "web", Unreachable.NOT_RUNNING),
                      stopped("7f99", "db", Unreachable.NOT_KNOWN_YET),
                      stopped("b0", "both", Unreachable.NOT_RUNNING),
                      stopped("c0", "on-host", Unreachable.ON_THE_HOST),
                      stopped("d0", "sidecar", Unreachable.WITH_ANOTHER)))),
          Set.of("ns1", "both", "7f3")::contains);

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "web, container web",
    "container:web, container web",
    "7f9, container db",
    "ns1, namespace ns1",
    "namespace:ns1, namespace ns1",
    "namespace:both, namespace both",
    "container:both, container both",
    "7f3, namespace 7f3",
    "container:7f3, container web",
  })
  void aNameIsOneOfTheTwo(String name, String publisher) {
    assertThat(find(name)).hasToString(publisher);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "both | \"both\" is a namespace and a container; write namespace:both or container:both",
        "7f | the ids of several containers begin with \"7f\"; write web or db",
        "www | neither a container nor a namespace \"www\" exists; \"docker ps -a\" and \"ip netns"
            + " list\" show those that do",
        "container:ns1 | container \"container:ns1\" does not exist; \"docker ps -a\" shows those"
            + " that do",
        "namespace:web | namespace \"namespace:web\" does not exist; \"ip netns list\" shows those"
            + " that do",
        "../../etc | neither a container nor a namespace \"../../etc\" exists; \"docker ps -a\" and"
            + " \"ip netns list\" show those that do",
        "on-host | container \"on-host\" is on the host's own network, where its ports are open"
            + " without being published",
        "sidecar | container \"sidecar\" has the network of another container; publish the port of"
            + " that one",
      })
  void whatIsNoneOrSeveralIsOneLineWithTheWayOut(String name, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> find(name)).withMessage(message);
  }

  @Test
  void withoutDockerThereAreNamespacesOnly() {
    PublisherLookup lookup = new PublisherLookup(Optional.empty(), "ns1"::equals);

    assertThat(lookup.find(PublisherName.parse("ns1"))).isEqualTo(new Publisher.Namespace("ns1"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lookup.find(PublisherName.parse("web")))
        .withMessage("namespace \"web\" does not exist; \"ip netns list\" shows those that do");
  }

  private static Publisher.Named find(String name) {
    return LOOKUP.find(PublisherName.parse(name));
  }

  private static DockerContainer stopped(String id, String name, Unreachable why) {
    return new DockerContainer(
        new Publisher.Container(id, name), Optional.empty(), Optional.of(why));
  }
}
