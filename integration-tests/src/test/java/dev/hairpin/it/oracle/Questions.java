package dev.hairpin.it.oracle;

import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The questions about published ports: everybody around asks at every address that could lead
 * there, as when the recordings were made.
 */
final class Questions {
  private static final int OUTSIDE_PORT = 9000;

  private final Scene scene;
  private final PublishedPort port;
  private final int hostPort;
  private final List<Attachment> attachments;
  private final boolean isRunning;

  /**
   * A port to ask about.
   *
   * @param hostPort a number, or {@code auto} for the one that the engine chose
   */
  record PublishedPort(Protocol protocol, String hostPort, String container, int containerPort) {
    /** Reads {@code tcp 8080 web 80}. */
    static PublishedPort parse(String text) {
      String[] word = text.split(" ", -1);
      return new PublishedPort(
          Protocol.of(word[0]).orElseThrow(), word[1], word[2], Integer.parseInt(word[3]));
    }

    String inside() {
      return container + ":" + containerPort;
    }

    /** Its number on the host just now; empty while the engine has chosen none. */
    Optional<Integer> numberIn(Scene scene) {
      if (!hostPort.equals("auto")) {
        return Optional.of(Integer.valueOf(hostPort));
      }
      return scene
          .engine()
          .docker("port", container, containerPort + "/" + protocol.keyword())
          .attempt()
          .out()
          .lines()
          .map(line -> Integer.valueOf(line.substring(line.lastIndexOf(':') + 1)))
          .findFirst();
    }
  }

  private record Target(String name, String address) {}

  private Questions(
      Scene scene,
      PublishedPort port,
      int hostPort,
      List<Attachment> attachments,
      boolean isRunning) {
    this.scene = scene;
    this.port = port;
    this.hostPort = hostPort;
    this.attachments = attachments;
    this.isRunning = isRunning;
  }

  /** All questions about these ports as things are now. Their results are empty. */
  static List<Reach> about(Scene scene, List<PublishedPort> ports) {
    Set<String> running = scene.containers().keySet();
    Map<String, List<Attachment>> attachments = new HashMap<>();
    return ports.stream()
        .flatMap(port ->
            port.numberIn(scene).stream()
                .map(number ->
                    new Questions(
                        scene,
                        port,
                        number,
                        attachments.computeIfAbsent(
                            port.container(), container -> Attachment.of(scene, container)),
                        running.contains(port.container()))))
        .flatMap(questions -> questions.all().stream())
        .toList();
  }

  private List<Reach> all() {
    return askers().flatMap(this::by).toList();
  }

  private Stream<String> askers() {
    return Stream.of(
            Stream.of("outside", "host"),
            isRunning ? Stream.of("self") : Stream.<String>of(),
            attachments.stream().map(attachment -> "peer:" + attachment.network()),
            Stream.of("stranger"))
        .flatMap(names -> names);
  }

  private Stream<Reach> by(String from) {
    List<Reach> questions = new ArrayList<>();
    hostAddresses().forEach(target -> questions.add(question(from, target, hostPort)));
    switch (from) {
      case "host" -> {
        questions.add(question(from, new Target("lo4", "127.0.0.1"), hostPort));
        questions.add(question(from, new Target("lo6", "::1"), hostPort));
      }
      case "outside" ->
          questions.add(question(from, new Target("injected", "127.0.0.1"), hostPort));
      case "self" -> {
        questions.add(question(from, new Target("egress4", World.OUTSIDE_4), OUTSIDE_PORT));
        questions.add(question(from, new Target("egress6", World.OUTSIDE_6), OUTSIDE_PORT));
      }
      default -> {}
    }
    if (!from.equals("self")) {
      containerAddresses()
          .forEach(target -> questions.add(question(from, target, port.containerPort())));
    }
    return questions.stream();
  }

  private Stream<Target> hostAddresses() {
    Stream<Target> own = addressesOf("eth0", "host", "");
    Stream<Target> gateways =
        attachments.stream()
            .flatMap(
                attachment -> addressesOf(attachment.bridge(), "gw", ":" + attachment.network()));
    return Stream.concat(own, gateways);
  }

  private Stream<Target> addressesOf(String link, String kind, String where) {
    return scene.addressesOf(link).stream()
        .map(address -> new Target(kind + (address.isIpv6() ? 6 : 4) + where, address.address()));
  }

  private Stream<Target> containerAddresses() {
    return attachments.stream()
        .flatMap(attachment ->
            attachment.addresses().stream()
                .map(address ->
                    new Target(
                        "ctr" + (address.contains(":") ? 6 : 4) + ":" + attachment.network(),
                        address)));
  }

  private Reach question(String from, Target target, int asked) {
    String address =
        target.address().contains(":") ? "[" + target.address() + "]" : target.address();
    return new Reach(
        port.protocol(),
        Integer.toString(hostPort),
        port.inside(),
        from,
        target.name(),
        address + ":" + asked,
        "");
  }
}
