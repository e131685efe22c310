package dev.hairpin.agent.docker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** dockerd's command line, as far as it decides on rules. Pure. */
public final class DaemonFlags {
  /** Those with a word. All others that matter are switches, which take one behind = only. */
  private static final Set<String> WORDS =
      Set.of("bridge", "bip", "bip6", "ip", "bridge-accept-fwmark", "firewall-backend", "mtu");

  /** What Go's strconv.ParseBool takes, and dockerd with it. */
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  private DaemonFlags() {}

  /**
   * Those that decide on rules, each as {@code --name=value}: others may hold secrets.
   *
   * @param arguments of dockerd, with or without the program itself
   */
  public static List<String> kept(List<String> arguments) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i).equals("-b") ? "--bridge" : arguments.get(i);
      int equals = argument.indexOf('=');
      String name = name(equals < 0 ? argument : argument.substring(0, equals));
      if (!KeptFields.isOfDaemon(name)) {
        continue;
      }
      if (equals >= 0) {
        kept.add(argument);
      } else if (WORDS.contains(name) && i + 1 < arguments.size()) {
        kept.add(argument + "=" + arguments.get(i + 1));
        i++;
      } else {
        kept.add(argument + "=true");
      }
    }
    return kept;
  }

  /** The same settings as dockerd's configuration file has them. */
  static ObjectNode asFile(List<String> arguments) {
    ObjectNode file = new ObjectMapper().createObjectNode();
    for (String flag : kept(arguments)) {
      int equals = flag.indexOf('=');
      String name = name(flag.substring(0, equals));
      String value = flag.substring(equals + 1);
      if (WORDS.contains(name)) {
        file.put(name, value);
      } else if (TRUE.contains(value) || FALSE.contains(value)) {
        file.put(name, TRUE.contains(value));
      } else {
        throw new ImpossibleInputException("dockerd: --" + name + " is neither true nor false");
      }
    }
    return file;
  }

  private static String name(String flag) {
    return flag.startsWith("--") ? flag.substring(2) : "";
  }
}
