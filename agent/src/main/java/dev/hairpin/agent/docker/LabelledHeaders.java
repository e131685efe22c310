package dev.hairpin.agent.docker;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which of a container's published ports begin with the PROXY protocol, as its label {@value
 * #LABEL} says: {@code v1} or {@code v2} for all its TCP ports, {@code 80=v2} for one, with commas
 * or spaces between them. A label that can't be understood as a whole changes nothing.
 */
final class LabelledHeaders {
  static final String LABEL = "hairpin.proxy-protocol";

  private static final Splitter TEXTS =
      Splitter.on(CharMatcher.anyOf(", ")).trimResults(CharMatcher.is(' ')).omitEmptyStrings();

  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private final Publisher.Container container;
  private final Map<Integer, ProxyHeader> byPort = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private ProxyHeader ofAll = ProxyHeader.NONE;

  private LabelledHeaders(Publisher.Container container) {
    this.container = container;
  }

  static LabelledHeaders read(String label, Publisher.Container container) {
    LabelledHeaders headers = new LabelledHeaders(container);
    try {
      TEXTS.split(label).forEach(headers::add);
    } catch (IllegalArgumentException e) {
      headers.ofAll = ProxyHeader.NONE;
      headers.byPort.clear();
      headers.problem(e.getMessage() + " (the label says " + UserText.quoted(label) + ")");
    }
    return headers;
  }

  private void add(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      ofAll = ProxyHeader.parse(text);
      return;
    }
    String port = text.substring(0, equals);
    if (!PORT.matcher(port).matches() || Integer.parseInt(port) > 65535) {
      throw new IllegalArgumentException(
          "container port "
              + UserText.quoted(port)
              + " is outside 1-65535 in "
              + UserText.quoted(text)
              + "; write v2 for all TCP ports, or 80=v2 for one");
    }
    byPort.put(Integer.valueOf(port), ProxyHeader.parse(text.substring(equals + 1)));
  }

  List<Problem> problems() {
    return problems;
  }

  /** Has this container's bindings among these begin so. A port that it names must be there. */
  @SafeVarargs
  final void applyTo(List<PortBinding>... published) {
    Set<Integer> unused = new HashSet<>(byPort.keySet());
    for (List<PortBinding> bindings : published) {
      bindings.replaceAll(binding -> {
        if (!binding.publisher().equals(container) || binding.protocol() != Protocol.TCP) {
          return binding;
        }
        unused.remove(binding.containerPort());
        return binding.with(byPort.getOrDefault(binding.containerPort(), ofAll));
      });
    }
    for (int port : unused) {
      problem(
          "container port " + port + "/tcp is not published; the PROXY protocol is for TCP only");
    }
  }

  private void problem(String text) {
    problems.add(new Problem("label " + LABEL + " of " + container, text));
  }
}
