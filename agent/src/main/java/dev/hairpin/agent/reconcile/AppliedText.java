package dev.hairpin.agent.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The {@link AppliedRecord} as text. Pure. */
public final class AppliedText {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // What a record of an earlier version lacks is empty.
          .withConfigOverride(List.class, AppliedText::emptyWhereMissing)
          .withConfigOverride(Set.class, AppliedText::emptyWhereMissing)
          .withConfigOverride(Map.class, AppliedText::emptyWhereMissing)
          .withConfigOverride(ProxyHeader.class, AppliedText::emptyWhereMissing)
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

  private AppliedText() {}

  /**
   * What it says of a host, to who only looks.
   *
   * @throws IllegalArgumentException if it is no record of an agent's
   */
  public static Recorded read(String text) {
    AppliedRecord applied = read(text, AppliedText::understand);
    Map<Family, Ruleset> owned = new EnumMap<>(Family.class);
    applied.rules().keySet().forEach(family -> owned.put(family, applied.owned(family)));
    return new Recorded(applied.standing(), applied.layout(), applied.state(), owned);
  }

  /**
   * The ports alone, in a fraction of the time that all their rules take.
   *
   * @throws IllegalArgumentException if it is no record of an agent's
   */
  public static List<PortBinding> published(String text) {
    return read(text, AppliedText::parse).state().bindings();
  }

  private static AppliedRecord read(String text, Reader reader) {
    try {
      return reader.read(text.getBytes(UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(UserText.plain(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How bytes become a record. */
  private interface Reader {
    AppliedRecord read(byte[] text) throws IOException;
  }

  /** Without the whole text in memory, which is megabytes for thousands of ports. */
  static void write(OutputStream text, AppliedRecord applied) throws IOException {
    JSON.writeValue(text, applied);
  }

  /**
   * Reads a record.
   *
   * @throws JsonProcessingException if it is none
   * @throws IllegalArgumentException if it holds rules that nobody wrote
   */
  static AppliedRecord understand(byte[] text) throws IOException {
    AppliedRecord applied = parse(text);
    // Rules are text in the record, which nobody would look into before the first pass.
    applied.rules().forEach((family, rules) -> rules.ruleset(family));
    return applied;
  }

  private static AppliedRecord parse(byte[] text) throws IOException {
    AppliedRecord applied = JSON.readValue(text, AppliedRecord.class);
    if (applied == null) {
      throw new IllegalArgumentException("it holds no record");
    }
    return applied;
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
