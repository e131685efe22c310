package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What can be changed in the lab's host, as it was when nobody worked on it: its rules, its
 * settings, its bridge, and what its agent knows of them. Tables of nftables' own that were there
 * before are nobody's to change here.
 */
final class LabSnapshot {
  /** What arrangements of the agent and changes of the person set. */
  private static final List<String> SETTINGS =
      List.of(
          Sysctls.IPV4_FORWARDING,
          Sysctls.IPV6_FORWARDING,
          Sysctls.IPV6_DEFAULT_FORWARDING,
          Sysctls.routeLocalnet(LabNetwork.BRIDGE),
          Sysctls.ipv6Forwarding(LabNetwork.BRIDGE),
          "net/ipv4/conf/all/rp_filter",
          "net/ipv4/conf/eth0/rp_filter",
          "net/ipv4/conf/" + LabNetwork.BRIDGE + "/rp_filter");

  private static final List<String> TOOLS = List.of("iptables", "ip6tables");

  private final CommandRunner host;
  private final LabFiles files;
  private final Set<String> tables;
  private final Map<String, String> rules;
  private final Map<String, String> settings;
  private final Map<String, String> ports;
  private final Map<Path, byte[]> records;

  private LabSnapshot(CommandRunner host, LabFiles files) throws IOException, InterruptedException {
    this.host = requireNonNull(host, "host");
    this.files = requireNonNull(files, "files");
    this.tables = tables();
    this.rules = rules();
    this.settings = settings();
    this.ports = ports();
    this.records = records();
  }

  /**
   * Takes one.
   *
   * @param host runs commands in the lab's host
   */
  static LabSnapshot take(CommandRunner host, LabFiles files)
      throws IOException, InterruptedException {
    return new LabSnapshot(host, files);
  }

  /** Makes everything as it was; what is so already is not touched. */
  void restore() throws IOException, InterruptedException {
    // Listing the rules of a table makes it, so those that are new go last.
    restoreRules();
    for (String table : tables()) {
      if (!tables.contains(table)) {
        run("", Stream.concat(Stream.of("nft", "delete"), Stream.of(table.split(" "))).toList());
      }
    }
    restoreSettings();
    Map<String, String> now = ports();
    for (Map.Entry<String, String> port : ports.entrySet()) {
      if (!port.getValue().equals(now.get(port.getKey()))) {
        run("", List.of("bridge", "link", "set", "dev", port.getKey(), "hairpin", port.getValue()));
      }
    }
    restoreRecords();
  }

  private void restoreRules() throws IOException {
    Map<String, String> now = rules();
    for (String tool : TOOLS) {
      if (!withoutCounters(rules.get(tool)).equals(withoutCounters(now.get(tool)))) {
        run(rules.get(tool), List.of(tool + "-restore", "-c"));
      }
    }
  }

  private Map<String, String> rules() throws IOException {
    Map<String, String> rules = new LinkedHashMap<>();
    for (String tool : TOOLS) {
      rules.put(tool, run("", List.of(tool + "-save", "-c")));
    }
    return rules;
  }

  /** Packets are counted all the time, and the date is another one. */
  static String withoutCounters(String saved) {
    return saved
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceFirst("^\\[\\d+:\\d+] | ?\\[\\d+:\\d+]$", ""))
        .collect(Collectors.joining("\n"));
  }

  private Set<String> tables() throws IOException {
    return run("", List.of("nft", "list", "tables"))
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private Map<String, String> settings() throws IOException, InterruptedException {
    return inHost(sysctls -> {
      Map<String, String> values = new LinkedHashMap<>();
      for (String name : SETTINGS) {
        if (sysctls.has(name)) {
          values.put(name, sysctls.read(name));
        }
      }
      return values;
    });
  }

  private void restoreSettings() throws IOException, InterruptedException {
    inHost(sysctls -> {
      for (Map.Entry<String, String> setting : settings.entrySet()) {
        sysctls.set(setting.getKey(), setting.getValue());
      }
      return null;
    });
  }

  private interface Setting<T> {
    T in(Sysctls sysctls) throws FirewallException;
  }

  private static <T> T inHost(Setting<T> work) throws IOException, InterruptedException {
    return NetworkNamespace.of(LabNetwork.HOST)
        .call(() -> {
          try {
            return work.in(Sysctls.ofThisHost());
          } catch (FirewallException e) {
            throw new IOException(e.getMessage(), e);
          }
        });
  }

  /**
   * Whether each port of the bridge sends frames back by where they came: {@code on}, {@code off}.
   */
  private Map<String, String> ports() throws IOException {
    Map<String, String> ports = new LinkedHashMap<>();
    try {
      for (JsonNode link :
          JsonMapper.builder()
              .build()
              .readTree(run("", List.of("bridge", "-j", "-d", "link", "show")))) {
        ports.put(link.path("ifname").asText(), link.path("hairpin").asBoolean() ? "on" : "off");
      }
    } catch (JsonProcessingException e) {
      throw new IOException("list the bridge's ports: " + e.getOriginalMessage(), e);
    }
    return ports;
  }

  /** What the agent wrote down, but not of processes. */
  private Map<Path, byte[]> records() throws IOException {
    Map<Path, byte[]> records = new LinkedHashMap<>();
    for (Path directory : List.of(files.agentRun(), files.agentState())) {
      try (Stream<Path> all = Files.list(directory)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          if (!file.endsWith("keeper")) {
            records.put(file, Files.readAllBytes(file));
          }
        }
      }
    }
    return records;
  }

  private void restoreRecords() throws IOException {
    for (Path file : records().keySet()) {
      if (!records.containsKey(file)) {
        Files.delete(file);
      }
    }
    for (Map.Entry<Path, byte[]> file : records.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
  }

  private String run(String input, List<String> argv) throws IOException {
    return LabCommands.run(host, input, argv);
  }
}
