package dev.hairpin.it.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rules and settings of a host, to come back to.
 *
 * @param rules what the tools print, by their name
 * @param tables those of nftables that are there, iptables' among them
 */
record Wellness(Map<String, String> rules, List<String> tables, Map<String, String> settings) {
  private static final List<String> TOOLS = List.of("iptables", "ip6tables");
  private static final List<String> SETTINGS =
      List.of(
          "net.ipv4.ip_forward",
          "net.ipv4.conf.{bridge}.route_localnet",
          "net.bridge.bridge-nf-call-iptables");

  static Wellness of(Patient patient) {
    Map<String, String> rules = new LinkedHashMap<>();
    for (String tool : TOOLS) {
      rules.put(tool, withoutCounters(patient.onHost(tool + "-save").run()));
    }
    Map<String, String> settings = new LinkedHashMap<>();
    for (String each : SETTINGS) {
      settings.put(each, patient.onHost("sysctl -n " + each).run().strip());
    }
    return new Wellness(rules, patient.onHost("nft list tables").run().lines().toList(), settings);
  }

  /** Brings a host back to it. What nftables has beside iptables is its owner's business. */
  void bringBack(Patient patient) {
    Wellness now = of(patient);
    for (String table : now.tables) {
      if (!tables.contains(table)) {
        patient.onHost("nft delete " + table).run();
      }
    }
    rules.forEach((tool, wanted) -> {
      if (!wanted.equals(now.rules.get(tool))) {
        patient.onHost(tool + "-restore").reading(file(patient, tool, wanted)).run();
      }
    });
    settings.forEach((setting, wanted) -> {
      if (!wanted.equals(now.settings.get(setting))) {
        patient.onHost("sysctl -qw " + setting + "=" + wanted).run();
      }
    });
    patient.onHost("conntrack -F").run();
  }

  private static Path file(Patient patient, String tool, String rules) {
    try {
      return Files.writeString(patient.world().directory().resolve(tool), rules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String withoutCounters(String saved) {
    return saved
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceFirst("^(:.*) \\[.*", "$1"))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
