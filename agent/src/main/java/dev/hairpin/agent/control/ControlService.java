package dev.hairpin.agent.control;

/** What answers the requests: the agent. */
public interface ControlService {
  /** Does what is asked, or says why not. Called by several threads at once; may take its time. */
  Response answer(Request request);
}
