package dev.hairpin.agent.publication;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.agent.publication.PublicationStore.Wish;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The form in which publications are kept on disk. */
final class PublicationFile {
  /** What is written. Form 1 had publications of namespaces only, and is read as well. */
  private static final int FORMAT = 2;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final Path path;

  PublicationFile(Path path) {
    this.path = path;
  }

  /** The whole file. */
  private record Content(
      int format,
      List<Entry> publications,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Choice> kept) {}

  /**
   * One choice of host ports that is kept.
   *
   * @param asked what the container's label says
   * @param published the same with the host ports
   */
  private record Choice(String container, String asked, String published) {
    static Choice of(Wish wish, PortRange chosen) {
      return new Choice(
          wish.container(),
          wish.request().toString(),
          wish.request().onHostPorts(chosen).toString());
    }

    void addTo(Map<Wish, PortRange> kept) {
      if (container == null || asked == null || published == null) {
        throw new IllegalArgumentException("a kept port lacks its container, or what it was");
      }
      PortRequest request = PortRequest.parse(asked);
      PortRange chosen =
          PortRequest.parse(published)
              .hostPorts()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "kept port " + UserText.quoted(published) + " has no host port"));
      // Refuses what is not as many.
      request.onHostPorts(chosen);
      kept.put(new Wish(container, request), chosen);
    }
  }

  /**
   * One publication, of a namespace or of a container.
   *
   * @param id the container's, with its name
   * @param port what {@code -p} takes
   * @param proxyProtocol {@code v1} or {@code v2}; missing for none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Entry(
      String namespace, String container, String id, String port, String proxyProtocol) {
    static Entry of(Publication publication) {
      String port = publication.request().toString();
      String proxyProtocol = publication.header().version().orElse(null);
      return switch (publication.publisher()) {
        case Publisher.Namespace(String name) -> new Entry(name, null, null, port, proxyProtocol);
        case Publisher.Container(String id, String name) ->
            new Entry(null, name, id, port, proxyProtocol);
      };
    }

    Publication toPublication() {
      if (port == null) {
        throw new IllegalArgumentException("an entry lacks its port");
      }
      ProxyHeader header =
          proxyProtocol == null ? ProxyHeader.NONE : ProxyHeader.parse(proxyProtocol);
      return new Publication(publisher(), PortRequest.parse(port), header);
    }

    private Publisher.Named publisher() {
      if (namespace != null) {
        return new Publisher.Namespace(namespace);
      }
      if (container == null || id == null) {
        throw new IllegalArgumentException(
            "an entry lacks its namespace, or its container with its id");
      }
      return new Publisher.Container(id, container);
    }
  }

  /** What a file holds, and what in it can't be understood. */
  record Reading(List<Publication> publications, Map<Wish, PortRange> kept, List<String> faults) {
    static Reading nothing(String... faults) {
      return new Reading(List.of(), Map.of(), List.of(faults));
    }
  }

  /**
   * Reads the file. What is damaged is a fault in the result, beside whatever could be read.
   *
   * @throws IOException if the file is there and can't be read
   */
  Reading read() throws IOException {
    if (!Files.exists(path)) {
      return Reading.nothing();
    }
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw FileTrouble.during("read " + path, e);
    }
    try {
      return understand(JSON.readValue(bytes, Content.class));
    } catch (JacksonException e) {
      return Reading.nothing(e.getOriginalMessage().lines().findFirst().orElse(""));
    }
  }

  private static Reading understand(Content content) {
    if (content == null || content.publications() == null) {
      return Reading.nothing("it holds no list of publications");
    }
    if (content.format() < 1 || content.format() > FORMAT) {
      return Reading.nothing(
          "format " + content.format() + " is none of 1 to " + FORMAT + " that we read");
    }
    List<Publication> publications = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    for (Entry entry : content.publications()) {
      try {
        publications.add(entry.toPublication());
      } catch (IllegalArgumentException e) {
        faults.add(e.getMessage());
      }
    }
    Map<Wish, PortRange> kept = new LinkedHashMap<>();
    for (Choice choice : content.kept() == null ? List.<Choice>of() : content.kept()) {
      try {
        choice.addTo(kept);
      } catch (IllegalArgumentException e) {
        faults.add(e.getMessage());
      }
    }
    return new Reading(publications, kept, faults);
  }

  /**
   * Replaces the file in one step: whoever reads it, also after a crash, finds the old content or
   * the new.
   *
   * @throws IOException if that fails; the file is as it was
   */
  void write(List<Publication> publications, Map<Wish, PortRange> kept) throws IOException {
    List<Entry> entries = publications.stream().map(Entry::of).toList();
    List<Choice> choices =
        kept.entrySet().stream().map(each -> Choice.of(each.getKey(), each.getValue())).toList();
    try {
      replace(JSON.writeValueAsBytes(new Content(FORMAT, entries, choices)));
    } catch (IOException e) {
      throw FileTrouble.during("write " + path, e);
    }
  }

  private void replace(byte[] bytes) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path fresh = directory.resolve(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(CREATE_NEW, WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(fresh, path, ATOMIC_MOVE, REPLACE_EXISTING);
    try (FileChannel entry = FileChannel.open(directory, READ)) {
      // The rename itself is on disk only when the directory is.
      entry.force(true);
    }
  }

  /** Moves the file out of the way, to a name that was not there before. */
  Path setAside(String suffix) throws IOException {
    Path aside = path.resolveSibling(path.getFileName() + ".broken-" + suffix);
    for (int i = 2; Files.exists(aside); i++) {
      aside = path.resolveSibling(path.getFileName() + ".broken-" + suffix + "-" + i);
    }
    return Files.move(path, aside);
  }
}
