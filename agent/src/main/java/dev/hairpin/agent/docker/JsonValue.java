package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Streams;
import dev.hairpin.rules.binding.UserText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A place in a JSON document, which knows its way from the top so that messages can name it. What
 * is {@code null} counts as not there.
 *
 * @param document what the document is called
 * @param path from its top: {@code [2].NetworkSettings.Networks.n1}
 */
record JsonValue(String document, String path, JsonNode node) {
  /** Names that need no quotes in a path. */
  private static final Pattern PLAIN = Pattern.compile("[\\w./:-]+");

  JsonValue {
    requireNonNull(document, "document");
    requireNonNull(path, "path");
    requireNonNull(node, "node");
  }

  /** The top of a document. */
  static JsonValue of(String document, JsonNode node) {
    return new JsonValue(document, "", node);
  }

  /** A member of an object; not there where this isn't, or has none of that name. */
  JsonValue at(String member) {
    requireObject();
    String step = PLAIN.matcher(member).matches() ? member : UserText.quoted(member);
    return new JsonValue(document, path.isEmpty() ? step : path + "." + step, node.path(member));
  }

  boolean isThere() {
    return !node.isMissingNode() && !node.isNull();
  }

  /** Whether nothing is said of it, not even {@code null}. */
  boolean isAbsent() {
    return node.isMissingNode();
  }

  /** Whether it is an array, be it an empty one; {@code null} is none. */
  boolean isArray() {
    return node.isArray();
  }

  /**
   * The elements of an array; none where there is nothing. An engine prints no {@code null} there.
   */
  List<JsonValue> elements() {
    if (!isThere()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw wrong("is not an array");
    }
    return Streams.mapWithIndex(
            Streams.stream(node.elements()),
            (element, index) -> new JsonValue(document, path + "[" + index + "]", element))
        .map(JsonValue::requiredElement)
        .toList();
  }

  private JsonValue requiredElement() {
    if (!isThere()) {
      throw wrong("is null");
    }
    return this;
  }

  /** The members of an object, in their order; none where there is nothing. */
  Map<String, JsonValue> members() {
    requireObject();
    Map<String, JsonValue> members = new LinkedHashMap<>();
    node.fieldNames().forEachRemaining(name -> members.put(name, at(name)));
    return members;
  }

  void requireObject() {
    if (isThere() && !node.isObject()) {
      throw wrong("is not an object");
    }
  }

  /** A string that is not empty. */
  Optional<String> text() {
    if (!isThere()) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrong("is not a string");
    }
    return Optional.of(node.textValue()).filter(text -> !text.isEmpty());
  }

  Optional<Boolean> flag() {
    if (!isThere()) {
      return Optional.empty();
    }
    if (!node.isBoolean()) {
      throw wrong("is neither true nor false");
    }
    return Optional.of(node.booleanValue());
  }

  long number(long otherwise) {
    if (!isThere()) {
      return otherwise;
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw wrong("is not a whole number");
    }
    return node.longValue();
  }

  /**
   * What a string that is not empty means.
   *
   * @param read throws an IllegalArgumentException for what it can't read; the message is ours
   * @param what it should have been: {@code an IP address}
   */
  <T> Optional<T> text(Function<String, T> read, String what) {
    return text()
        .map(text -> {
          try {
            return read.apply(text);
          } catch (IllegalArgumentException e) {
            throw wrong(UserText.quoted(text) + " is not " + what);
          }
        });
  }

  /** {@code containers.json: [2].State is not an object}. */
  ImpossibleInputException wrong(String what) {
    return new ImpossibleInputException(
        document + ": " + (path.isEmpty() ? "" : path + " ") + what);
  }

  /** {@code containers.json: [2].State is missing}. */
  String missing() {
    return document + ": " + path + " is missing";
  }
}
