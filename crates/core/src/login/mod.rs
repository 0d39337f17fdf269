//! Signing people in: the flow, the dispatcher that knows the order, and the methods.
