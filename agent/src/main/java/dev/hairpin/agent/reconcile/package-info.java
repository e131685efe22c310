/**
 * Brings the host in step, pass by pass: sources go through {@code DesiredStates} to become a
 * desired state; {@code Reconciler} opens sockets, changes rules and ends stale connections until
 * the host agrees; {@code ReconcileLoop} says when.
 */
package dev.hairpin.agent.reconcile;
