//! Columns of text, as kubectl prints them.

/// Lays out rows in columns: each as wide as its longest cell, three blanks between.
pub(crate) fn columns<'a>(rows: impl IntoIterator<Item = &'a [String]> + Clone) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows.clone() {
        for (index, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(index) {
                Some(known) => *known = (*known).max(width),
                None => widths.push(width),
            }
        }
    }
    rows.into_iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    // A name of somebody else may hold what would begin a row of its own.
    let calm = |cell: &String| cell.replace(char::is_control, " ");
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{:<width$}", calm(cell)));
    let mut line = cells.collect::<Vec<_>>().join("   ");
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell_and_lines_end_without_blanks() {
        let rows =
            [["NAME", "READY"], ["crm", "Tr\nue"], ["maße", ""]].map(|row| row.map(str::to_owned));
        let text = columns(rows.iter().map(<[String; 2]>::as_slice));
        assert_eq!(text, "NAME   READY\ncrm    Tr ue\nmaße\n");
    }
}
