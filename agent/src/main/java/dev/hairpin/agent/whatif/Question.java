package dev.hairpin.agent.whatif;

import dev.hairpin.agent.lab.Approach;
import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/** Who asks whom before and after a change: as the lab's show does, and the other way round. */
public enum Question {
  OUTSIDE(Approach.FROM_OUTSIDE),
  HOST_ADDRESS(Approach.BY_HOST_ADDRESS),
  LOCALHOST(Approach.BY_LOCALHOST),
  LOCALHOST_IPV6(Approach.BY_LOCALHOST_IPV6),
  HAIRPIN(Approach.HAIRPIN),
  /** A container asks a server somewhere else. */
  CALLING_OUT('f', LabNetwork.NS1, LabNetwork.OUTSIDE_ADDRESS);

  private final char letter;
  private final String namespace;
  private final String address;

  Question(Approach approach) {
    this(approach.letter(), approach.namespace(), approach.address());
  }

  Question(char letter, String namespace, String address) {
    this.letter = letter;
    this.namespace = namespace;
    this.address = address;
  }

  public char letter() {
    return letter;
  }

  /** Where it is asked. */
  public String namespace() {
    return namespace;
  }

  /** Who is asked, on {@link LabNetwork#PORT}. */
  public IpAddress address() {
    return IpAddress.parse(address);
  }

  /** The first packet of it, for the prediction. */
  public Asked asked() {
    return new Asked(
        new Asked.Service.Port(Protocol.TCP, LabNetwork.PORT),
        Optional.of(address()),
        sender(),
        Optional.empty());
  }

  private Asked.Sender sender() {
    return switch (this) {
      case OUTSIDE -> new Asked.Sender.Outside();
      case HOST_ADDRESS, LOCALHOST, LOCALHOST_IPV6 -> new Asked.Sender.ThisHost();
      case HAIRPIN, CALLING_OUT -> new Asked.Sender.Of(IpAddress.parse(LabNetwork.NS1_ADDRESS));
    };
  }
}
