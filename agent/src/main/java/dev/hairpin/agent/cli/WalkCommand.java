package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.InputFile;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftJson;
import dev.hairpin.rules.trace.Packet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin walk}. */
@Command(
    name = "walk",
    description = {
      "Say what the rules here will do to a packet, chain by chain, and to its answer. None is sent.",
      "Everybody's rules count, also those that other programs wrote."
    })
final class WalkCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AgentDirectories directories;
  @Mixin private LanguageOption language;

  @Parameters(
      paramLabel = "TARGET",
      arity = "0..1",
      description =
          "Where it is sent: "
              + Understood.TARGETS
              + ". A port alone is one of this host, at the address that the sender would use.")
  private Optional<String> target = Optional.empty();

  @Option(names = "--to", paramLabel = "TARGET", description = "The same, beside --from.")
  private Optional<String> to = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "SENDER",
      defaultValue = "outside",
      description =
          "Who sends it: outside, host (a process of this host), or an address, such as a"
              + " container's (${DEFAULT-VALUE}).")
  private String from;

  @Option(
      names = "--in",
      paramLabel = "INTERFACE",
      description = "By which interface it arrives, if not by the one that leads to the sender.")
  private Optional<String> in = Optional.empty();

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description =
          "Saved rules instead of those in force: what iptables-save or nft -j list ruleset printed;"
              + " may be given twice, for both kinds.")
  private List<Path> rules = List.of();

  @Option(
      names = "--addresses",
      paramLabel = "FILE",
      description =
          "With --routes: the host that the rules are of, as ip -j -d address show printed it.")
  private Optional<Path> addresses = Optional.empty();

  @Option(
      names = "--routes",
      paramLabel = "FILE",
      description = "What ip -j route show (or ip -j -6 route show) printed there.")
  private Optional<Path> routes = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Language speaking = language.language();
    String meant =
        Understood.target("walk", target, to)
            .orElseThrow(() ->
                new ConfigurationException("walk: name the port that is asked, such as 8080"));
    Asked asked = Understood.by("walk", () -> Asked.parse(meant, Asked.Sender.parse(from), in));
    Family family = asked.family();
    if (rules.isEmpty()) {
      ThisHost.requireRoot("read the rules in force (walk --rules needs no root)");
    }
    try {
      Optional<LeftBehind> record =
          rules.isEmpty() ? Optional.of(LeftBehind.open(directories)) : Optional.empty();
      Tables tables = record.isPresent() ? record.get().explained(family) : saved(family);
      List<PortBinding> proxied = record.map(LeftBehind::proxied).orElse(List.of());
      Surveyed host = host(family);
      Packet packet = Understood.by("walk", () -> asked.on(host));
      print(Prediction.of(tables, host, packet, proxied), tables, speaking);
      return 0;
    } catch (FirewallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Surveyed host(Family family)
      throws ConfigurationException, FirewallException, IOException {
    if (addresses.isPresent() != routes.isPresent()) {
      throw new ConfigurationException("--addresses and --routes go together; give both");
    }
    if (addresses.isEmpty()) {
      return Surveyed.look(CommandRunner.local(), Sysctls.ofThisHost(), family);
    }
    String listed = text(addresses.get());
    String known = text(routes.get());
    return Understood.by("walk", () -> Surveyed.of(family, listed, known));
  }

  private Tables saved(Family family) throws ConfigurationException, IOException {
    List<Chain> chains = new ArrayList<>();
    List<NftTable> nftTables = new ArrayList<>();
    for (Path file : rules) {
      String text = text(file);
      try {
        if (text.stripLeading().startsWith("{")) {
          nftTables.addAll(NftJson.read(text, family));
        } else {
          chains.addAll(IptablesText.parse(family, text).chains());
        }
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException("read " + file + ": " + e.getMessage(), e);
      }
    }
    return new Tables(family, chains, nftTables);
  }

  private static String text(Path file) throws ConfigurationException {
    return new String(InputFile.read(file), UTF_8);
  }

  private void print(Prediction prediction, Tables tables, Language speaking) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonOutput.print(out, PredictionJson.of(prediction));
    } else {
      new PredictionText(out, speaking, tables, Paint.ofThisProcess()).print(prediction);
    }
    out.flush();
  }
}
