package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Arrivals arrivals = new Arrivals();

  @Test
  void whatCameUnseenIsInTheOrderOfTheContainersStarts() throws Exception {
    assertThat(look(place("web", 1, "m1"), place("calm", 2, "quiet")))
        .containsExactly("web on m1", "calm on quiet");
  }

  @Test
  void aNetworkThatWasJoinedLaterComesLater() throws Exception {
    look(place("web", 1, "m1"), place("calm", 2, "quiet"));

    assertThat(look(place("web", 1, "m1"), place("web", 1, "a1"), place("calm", 2, "quiet")))
        .containsExactly("web on m1", "calm on quiet", "web on a1");
  }

  @Test
  void whatWasLeftAndJoinedAgainComesLast() throws Exception {
    look(place("web", 1, "m1"), place("calm", 2, "quiet"));
    look(place("calm", 2, "quiet"));

    assertThat(look(place("web", 1, "m1"), place("calm", 2, "quiet")))
        .containsExactly("calm on quiet", "web on m1");
  }

  @Test
  void aContainerThatWasRestartedComesLastAlsoWhenNobodySawItStop() throws Exception {
    look(place("web", 1, "m1"), place("calm", 2, "quiet"));

    assertThat(look(place("calm", 2, "quiet"), place("web", 3, "m1")))
        .containsExactly("calm on quiet", "web on m1");
  }

  /** A container's place on a network, and the second at which it was started. */
  private record Place(Publisher.Container container, int start, String bridge) {
    Member member() {
      return new Member(container, bridge, List.of(IpAddress.parse("192.0.2.2")));
    }

    /** As if it were published there. */
    PortBinding binding() {
      return new PortBinding(
          new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, 8000 + bridge.length()),
          IpAddress.parse("192.0.2.2"),
          80,
          container,
          bridge);
    }

    InspectedContainer inspected() throws JsonProcessingException {
      String text =
          """
          {"Id": "%s", "Name": "/%s", "NetworkSettings": {},
           "State": {"Running": true, "StartedAt": "2026-11-20T22:48:%02dZ"}}
          """
              .formatted(container.id(), container.name(), start);
      return InspectedContainer.read(JsonValue.of("container", JSON.readTree(text)), missing -> {})
          .orElseThrow();
    }
  }

  private static Place place(String container, int start, String bridge) {
    return new Place(new Publisher.Container("id of " + container, container), start, bridge);
  }

  /** What is said of these, given in the order of the containers' starts. */
  private List<String> look(Place... places) throws JsonProcessingException {
    List<InspectedContainer> containers = new ArrayList<>();
    for (Place place : places) {
      containers.add(place.inspected());
    }
    List<Place> all = List.of(places);
    DockerSnapshot sorted =
        arrivals.sorted(
            new DockerSnapshot(
                List.of(),
                all.stream().map(Place::member).toList(),
                all.stream().map(Place::binding).toList(),
                List.of(),
                List.of(),
                Set.of(),
                List.of(),
                /* headersToCome= */ false,
                List.of(),
                Map.of(),
                List.of()),
            containers);
    List<String> members = sorted.members().stream().map(ArrivalsTest::text).toList();
    assertThat(
            sorted.published().stream()
                .map(binding -> text(binding.publisher(), binding.spec()))
                .toList())
        .as("ports are in the same order")
        .isEqualTo(members);
    return members;
  }

  private static String text(Member member) {
    return text(member.publisher(), member.bridge());
  }

  private static String text(Publisher publisher, String bridge) {
    return publisher.toString().replace("container ", "") + " on " + bridge;
  }
}
