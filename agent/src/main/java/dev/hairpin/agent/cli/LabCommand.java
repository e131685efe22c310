package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Lab;
import dev.hairpin.agent.lab.Show;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin lab}. */
@Command(
    name = "lab",
    subcommands = {LabTourCommand.class, LabWhatIfCommand.class, LabCompareCommand.class},
    description = {
      "Publish a port in a world made for it, and show what happens.",
      "",
      "Makes the network namespaces host, outside, ns1 and ns2 and the bridge docker1, starts a web server"
          + " in ns1, publishes its port on host, and asks for it from everywhere. The network of"
          + " this machine is not touched. The lab stays up until \"hairpin lab down\"."
    })
final class LabCommand implements Callable<Integer> {
  /** What to do with the lab. */
  enum Deed {
    UP,
    DOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private LanguageOption language;

  @Parameters(
      index = "0",
      arity = "0..1",
      defaultValue = "up",
      paramLabel = "up|down",
      description = "Make and show it (the default), or take everything away.")
  private Deed deed;

  @Option(
      names = "--unpublished",
      description = "Make the world and its web server, and leave the publishing to you.")
  private boolean unpublished;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Language speaking = language.language();
    PrintWriter out = spec.commandLine().getOut();
    Lab lab = new Lab(home(), line -> Hairpin.say(spec.commandLine().getErr(), line));
    try {
      switch (deed) {
        case UP -> up(lab, speaking, out);
        case DOWN -> down(lab, out);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("lab " + deed + ": interrupted", e);
    }
    out.flush();
    return 0;
  }

  private void up(Lab lab, Language speaking, PrintWriter out)
      throws ConfigurationException, IOException, InterruptedException {
    lab.up(!unpublished);
    Show show = lab.show();
    if (json) {
      JsonOutput.print(out, show.json());
      return;
    }
    out.println();
    out.print(show.text(speaking, Help.Ansi.AUTO.enabled()));
    String hairpin = shellWord(home().resolve("bin/hairpin"));
    Wording wording = Wording.of("lab", speaking);
    out.print(show.published() ? whatToTry(hairpin, wording) : howToDoIt(hairpin, wording));
  }

  private static String whatToTry(String hairpin, Wording wording) {
    return """
    %2$s
      ip netns exec outside curl http://192.0.2.1:3000/
      ip netns exec host iptables -t nat -nvL
      ip netns exec ns1 ip address
      %1$s rules --explain --run-dir /run/hairpin-lab/agent
      %1$s unpublish ns1 3000:3000 --run-dir /run/hairpin-lab/agent
      %1$s lab          %3$s
      %1$s lab down     %4$s
    """
        .formatted(hairpin, wording.say("up"), wording.say("again"), wording.say("down"));
  }

  private static String howToDoIt(String hairpin, Wording wording) {
    return """
    %2$s
      ip netns exec host bash
      iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL ! -i docker1 \\
        -p tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000
      iptables -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL \\
        -p tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000
      sysctl net.ipv4.conf.docker1.route_localnet=1
      iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport 3000 \\
        -j DNAT --to-destination 172.18.0.2:3000
      iptables -t nat -A POSTROUTING -s 127.0.0.0/8 -o docker1 -j MASQUERADE
    %5$s
      %1$s lab          %3$s
      %1$s lab down     %4$s
    """
        .formatted(
            hairpin,
            wording.say("up.unpublished"),
            wording.say("again"),
            wording.say("down"),
            wording.say("after-each"));
  }

  private void down(Lab lab, PrintWriter out)
      throws ConfigurationException, IOException, InterruptedException {
    List<String> removed = lab.down();
    if (json) {
      JsonOutput.print(out, Map.of("removed", removed));
    } else if (removed.isEmpty()) {
      out.println("no lab is up; nothing to take away");
    } else {
      removed.forEach(line -> out.println(Printable.line(line)));
    }
  }

  /** A path as it is typed: a checkout's folder may have a blank in its name. */
  static String shellWord(Path path) {
    String text = path.toString();
    return text.matches("[\\w./+@-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  /** The launcher says where it is; the lab needs it to start an agent of its own. */
  static Path home() throws ConfigurationException {
    String home = System.getProperty("hairpin.home");
    if (home == null) {
      throw new ConfigurationException(
          "make a lab: start it with agent/bin/hairpin, not with java");
    }
    return Path.of(home);
  }
}
