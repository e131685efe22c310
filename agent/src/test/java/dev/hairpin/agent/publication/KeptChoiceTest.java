package dev.hairpin.agent.publication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptChoiceTest {
  private static final PortRequest OPEN = PortRequest.parse("80");

  @TempDir Path directory;

  /** Chosen next, and one more each time. */
  private int next = 32768;

  @Test
  void aContainerOfTheSameNameGetsItsPortFromEveryLaterAgent() throws IOException {
    assertThat(choice().kept().hostPortsFor(container("1111", "web"), OPEN))
        .contains(PortRange.of(32768));
    assertThat(choice().kept().hostPortsFor(container("2222", "web"), OPEN))
        .contains(PortRange.of(32768));
    assertThat(choice().kept().hostPortsFor(container("3333", "www"), OPEN))
        .contains(PortRange.of(32769));
  }

  @Test
  void whoDoesNotWantToKeepItIsNotRemembered() throws IOException {
    choice().hostPortsFor(container("1111", "web"), OPEN);

    assertThat(store().keptFor("web", OPEN)).isEmpty();
  }

  @Test
  void whereThereIsNoChoiceNothingIsKept() throws IOException {
    HostPortChoice none = new KeptChoice(HostPortChoice.NONE, store()).kept();

    assertThat(none.hostPortsFor(container("1111", "web"), OPEN)).isEmpty();
    assertThat(store().keptFor("web", OPEN)).isEmpty();
  }

  @Test
  void aDiskThatIsFullKeepsNobodyFromBeingPublished() throws IOException {
    KeptChoice choice = choice();
    Path inTheWay = directory.resolve("publications.json.new/in-the-way");
    Files.createDirectories(inTheWay);
    assertThat(choice.kept().hostPortsFor(container("1111", "web"), OPEN))
        .contains(PortRange.of(32768));
    assertThat(store().keptFor("web", OPEN)).isEmpty();

    Files.delete(inTheWay);
    assertThat(choice.kept().hostPortsFor(container("1111", "web"), OPEN))
        .isEqualTo(store().keptFor("web", OPEN));
  }

  private KeptChoice choice() throws IOException {
    return new KeptChoice((publisher, request) -> Optional.of(PortRange.of(next++)), store());
  }

  private PublicationStore store() throws IOException {
    return PublicationStore.open(directory, Clock.systemUTC());
  }

  private static Publisher container(String id, String name) {
    return new Publisher.Container(id, name);
  }
}
