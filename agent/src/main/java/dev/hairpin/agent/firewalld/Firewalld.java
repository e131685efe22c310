package dev.hairpin.agent.firewalld;

import dev.hairpin.rules.apply.FirewallException;
import java.util.Set;

/**
 * The firewalld of this network namespace. It drops what zones don't let pass, whatever our rules
 * accept. Used by one thread at a time.
 */
public interface Firewalld {
  /**
   * Whether it runs, and for this network namespace. One of another namespace is not ours to ask.
   */
  boolean isRunning();

  /** The zones that are in force. */
  Set<String> zones() throws FirewallException;

  /** The policies that are in force; none where it is too old to have any. */
  Set<String> policies() throws FirewallException;

  /** The interfaces that are in a zone now. */
  Set<String> interfacesOf(String zone) throws FirewallException;

  /** The zone that an interface is in now; empty if nobody put it into one. */
  String zoneOf(String interfaceName) throws FirewallException;

  /** Makes a zone for good that accepts everything. It is in force after {@link #reload}. */
  void makeZone(String name, String description) throws FirewallException;

  /**
   * Makes a policy for good that lets what comes from anywhere into a zone, as {@link #makeZone}.
   */
  void makePolicy(String name, String description, String intoZone) throws FirewallException;

  /** Takes a zone away for good. It stays in force until firewalld is reloaded. */
  void removeZone(String name) throws FirewallException;

  /** As {@link #removeZone}. */
  void removePolicy(String name) throws FirewallException;

  /** Has it read again what was made for good. What others told it for now is gone then. */
  void reload() throws FirewallException;

  /** Puts an interface into a zone, until the next reload. */
  void putInto(String zone, String interfaceName) throws FirewallException;

  /** Takes an interface out of a zone; one that isn't there is no error. */
  void takeOutOf(String zone, String interfaceName) throws FirewallException;

  /**
   * Has this told when firewalld has started or was reloaded, on any thread.
   *
   * @param changed must return at once
   */
  void follow(Runnable changed);
}
