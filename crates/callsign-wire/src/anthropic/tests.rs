//! Both directions of this dialect, told as data.
