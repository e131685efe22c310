/**
 * The table of promises with real packets: namespaces for everybody who sends and answers, the
 * rules of each layout, the project's own proxy.
 */
package dev.hairpin.it.promises;
