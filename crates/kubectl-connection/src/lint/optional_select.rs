//! Rewrites `a.?b` to `a[?'b']`: the CEL interpreter fails on the first form if `b` does not exist.

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::{EntryExpr, Expr, operators};

/// Replaces each optional selection by an optional index.
pub(super) fn selections_as_indexes(expression: &mut IdedExpr) {
    let rewrite = selections_as_indexes;
    match &mut expression.expr {
        Expr::Call(call) => {
            if call.func_name == operators::OPT_SELECT {
                operators::OPT_INDEX.clone_into(&mut call.func_name);
            }
            call.target.iter_mut().for_each(|target| rewrite(target));
            call.args.iter_mut().for_each(rewrite);
        }
        // The parser expands macros such as `all` and `exists` to comprehensions.
        Expr::Comprehension(all) => {
            let parts = [
                &mut all.iter_range,
                &mut all.accu_init,
                &mut all.loop_cond,
                &mut all.loop_step,
                &mut all.result,
            ];
            parts.into_iter().for_each(rewrite);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(rewrite),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| inside(&mut entry.expr)),
        Expr::Select(select) => rewrite(&mut select.operand),
        Expr::Struct(fields) => fields.entries.iter_mut().for_each(|entry| inside(&mut entry.expr)),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

fn inside(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => selections_as_indexes(&mut field.value),
        EntryExpr::MapEntry(entry) => {
            selections_as_indexes(&mut entry.key);
            selections_as_indexes(&mut entry.value);
        }
    }
}
