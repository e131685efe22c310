package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MutableConfigOverride;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link AppliedRecord} in a file, which is replaced whole or not at all. */
final class AppliedFile implements AppliedStore {
  private static final Logger log = LoggerFactory.getLogger(AppliedFile.class);

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // What a record of an earlier version lacks is empty.
          .withConfigOverride(List.class, AppliedFile::emptyWhereMissing)
          .withConfigOverride(Set.class, AppliedFile::emptyWhereMissing)
          .withConfigOverride(Map.class, AppliedFile::emptyWhereMissing)
          .withConfigOverride(ProxyHeader.class, AppliedFile::emptyWhereMissing)
          .addModule(new Jdk8Module())
          .addModule(
              new SimpleModule()
                  .addSerializer(IpAddress.class, ToStringSerializer.instance)
                  .addDeserializer(IpAddress.class, text(IpAddress::parse))
                  .addSerializer(IpPrefix.class, ToStringSerializer.instance)
                  .addDeserializer(IpPrefix.class, text(IpPrefix::parse))
                  .addDeserializer(ProxyHeader.class, new NoneWhereMissing())
                  .addSerializer(LayoutName.class, ToStringSerializer.instance)
                  .addDeserializer(LayoutName.class, text(LayoutName::parse)))
          .addMixIn(Publisher.class, ByKind.class)
          .build();

  private static void emptyWhereMissing(MutableConfigOverride type) {
    type.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY));
  }

  private final Path file;

  AppliedFile(Path file) {
    this.file = requireNonNull(file, "file");
  }

  @Override
  public Optional<AppliedRecord> load() throws IOException {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileTrouble.during("read " + file, e);
    }
    try {
      return Optional.of(understand(text));
    } catch (JsonProcessingException e) {
      setAside(e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      setAside(e.getMessage());
    }
    return Optional.empty();
  }

  private static AppliedRecord understand(byte[] text) throws IOException {
    AppliedRecord applied = JSON.readValue(text, AppliedRecord.class);
    if (applied == null) {
      throw new IllegalArgumentException("it holds no record");
    }
    // Rules are text in the record, which nobody would look into before the first pass.
    applied.rules().forEach((family, rules) -> rules.ruleset(family));
    return applied;
  }

  private void setAside(String why) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".broken");
    Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    log.error(
        "read {}: {}; it is now {}, and the rules that it listed are left as they are; an agent with"
            + " --replace takes over those in chains named as dockerd's",
        file,
        why,
        aside);
  }

  @Override
  public void save(AppliedRecord applied) throws IOException {
    try {
      replace(applied);
    } catch (IOException e) {
      throw FileTrouble.during("write " + file, e);
    }
  }

  /** Without the whole text in memory, which is megabytes for thousands of ports. */
  private void replace(AppliedRecord applied) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (OutputStream text = Files.newOutputStream(next)) {
      JSON.writeValue(text, applied);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void clear() throws IOException {
    Files.deleteIfExists(file);
  }

  /** Reads what is written as people write it. */
  private static <T> JsonDeserializer<T> text(Function<String, T> parser) {
    return new JsonDeserializer<>() {
      @Override
      public T deserialize(JsonParser json, DeserializationContext context) throws IOException {
        String text = json.getText();
        try {
          return parser.apply(text);
        } catch (IllegalArgumentException e) {
          throw JsonMappingException.from(json, e.getMessage(), e);
        }
      }
    };
  }

  /** Ports of an earlier version had no header. */
  private static final class NoneWhereMissing extends JsonDeserializer<ProxyHeader> {
    @Override
    public ProxyHeader deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      return text(ProxyHeader::valueOf).deserialize(json, context);
    }

    @Override
    public ProxyHeader getEmptyValue(DeserializationContext context) {
      return ProxyHeader.NONE;
    }
  }

  /** A publisher with a word that says which kind it is. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Publisher.Container.class, name = "container"),
    @JsonSubTypes.Type(value = Publisher.Namespace.class, name = "namespace"),
    @JsonSubTypes.Type(value = Publisher.StandIn.class, name = "docker-proxy")
  })
  private interface ByKind {}
}
