package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.NftTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what {@code nft -j list ruleset} or {@code nft -j list table} prints (libnftables-json(5)).
 * What we have no words for stays in those of nft: a condition or a statement as {@code Verbatim},
 * anything else among a table's {@linkplain NftTable#others others}. Counters are left out.
 */
public final class NftJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private NftJson() {}

  /**
   * The tables whose chains the packets of a family meet: its own and those of both families.
   *
   * @throws IllegalArgumentException if it is not that JSON
   */
  public static List<NftTable> read(String json, Family family) {
    return read(objects(json), family, Set.of());
  }

  /**
   * The same of what was parsed already.
   *
   * @param hidden names of tables that are left out, of those that only this family meets
   * @throws IllegalArgumentException if one is not as nft prints it
   */
  public static List<NftTable> read(JsonNode objects, Family family, Set<String> hidden) {
    Map<String, TableReader> tables = new LinkedHashMap<>();
    for (JsonNode object : objects) {
      for (Map.Entry<String, JsonNode> entry : object.properties()) {
        JsonNode content = entry.getValue();
        if (entry.getKey().equals("table")) {
          TableReader.of(content, family)
              .filter(table -> table.inet() || !hidden.contains(table.name()))
              .ifPresent(table -> tables.put(key(content, "name"), table));
        } else {
          Optional.ofNullable(tables.get(key(content, "table")))
              .ifPresent(table -> table.add(entry.getKey(), content));
        }
      }
    }
    return tables.values().stream().map(TableReader::table).toList();
  }

  /**
   * The objects in it, one for each table, chain, rule and so on.
   *
   * @throws IllegalArgumentException if it is not that JSON
   */
  public static JsonNode objects(String json) {
    JsonNode objects;
    try {
      objects = JSON.readTree(json).path("nftables");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    if (!objects.isArray()) {
      throw new IllegalArgumentException("not what nft -j prints: \"nftables\" is missing");
    }
    return objects;
  }

  private static String key(JsonNode object, String name) {
    return object.path("family").asText() + " " + object.path(name).asText();
  }
}
